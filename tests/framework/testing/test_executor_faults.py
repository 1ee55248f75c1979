"""Executors broken on purpose: each is caught by the check it is paired with, and each check catches one."""

from __future__ import annotations

import itertools
from dataclasses import replace

import pytest

from adfw import Executor, Task, TaskResult, perform
from adfw.testing import Failure, check_plugin
from adfw.testing.check import Subject
from adfw.testing.executor_contract import CHECKS


class Right(Executor):
    """Pretends to have processes: each task, or each call, has a number of its own."""

    numbers = itertools.count(-1, -1)

    def execute(self, tasks, *, fresh=True):
        number = next(self.numbers)
        for task in tasks:
            number = next(self.numbers) if fresh else number
            yield self.one(task, number)

    def one(self, task, number):
        if "leave" in task.arguments:
            return TaskResult(task.key, "its process ended")
        result = perform(task)
        return replace(result, values={**result.values, "pid": number})


class Here(Right):
    def one(self, task, number):
        return TaskResult(task.key, "ended") if "leave" in task.arguments else perform(task)


class Shared(Right):
    def execute(self, tasks, *, fresh=True):
        return super().execute(tasks, fresh=False)


class Twice(Right):
    def execute(self, tasks, *, fresh=True):
        return itertools.chain.from_iterable((result, result) for result in super().execute(tasks, fresh=fresh))


class Stops(Right):
    def execute(self, tasks, *, fresh=True):
        for result in super().execute(tasks, fresh=fresh):
            yield result
            if result.fault:
                return


class Silent(Right):
    def one(self, task, number):
        return replace(super().one(task, number), fault="")


class Mixed(Right):
    def execute(self, tasks, *, fresh=True):
        turned = tasks[-1:] + tasks[:-1]
        for task, other in zip(tasks, turned, strict=True):
            yield replace(self.one(other, next(self.numbers)), key=task.key)


class Invents(Right):
    def execute(self, tasks, *, fresh=True):
        return super().execute(tasks or [Task("more", "probe")], fresh=fresh)


class OnlyFresh(Right):
    def execute(self, tasks, *, fresh=True):
        if tasks and not fresh:
            raise NotImplementedError
        return super().execute(tasks, fresh=fresh)


FAULTS = {
    Here: "done_elsewhere",
    Shared: "done_elsewhere",
    Twice: "one_result_each",
    Stops: "one_result_each",
    Silent: "faults_told",
    Mixed: "work_done",
    Invents: "nothing_to_do",
    OnlyFresh: "processes_reused",
}


def test_a_right_executor_conforms():
    report = check_plugin(Right())
    assert not report.failed, report.failed
    assert report.kind == "executor"


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.__name__)
def test_a_fault_is_caught(fault):
    check = next(check for check in CHECKS if check.name == FAULTS[fault])
    with pytest.raises(Failure):
        check.run(Subject(fault()))


def test_every_check_catches_a_fault():
    assert {check.name for check in CHECKS} == set(FAULTS.values())
