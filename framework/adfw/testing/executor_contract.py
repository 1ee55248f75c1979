"""What every executor does: the contract, tried with tasks that tell of their process, fail, and end it."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from adfw.interfaces import Task, TaskResult
from adfw.testing.check import Check, Subject, require

if TYPE_CHECKING:
    from collections.abc import Mapping

SOUND = [Task(f"sound-{number}", "probe", {"number": number, "text": "ü"}) for number in range(3)]
FAILING = Task("failing", "probe", {"fail": "asked to fail"})
DYING = Task("dying", "probe", {"leave": 9})


def results(subject: Subject) -> list[TaskResult]:
    """Return what became of all tasks, done once for all checks."""
    if "results" not in subject.shared:
        tasks = [SOUND[0], FAILING, SOUND[1], DYING, SOUND[2]]
        subject.shared["results"] = list(subject.built.execute(tasks, fresh=True))
    found: list[TaskResult] = subject.shared["results"]
    return found


def _by_key(subject: Subject) -> Mapping[str, TaskResult]:
    return {result.key: result for result in results(subject)}


def one_result_each(subject: Subject, _: None) -> None:
    """Each task has one result."""
    keys = sorted(result.key for result in results(subject))
    wanted = sorted(task.key for task in (*SOUND, FAILING, DYING))
    require(keys == wanted, f"there are results of {keys} for the tasks {wanted}")


def work_done(subject: Subject, _: None) -> None:
    """A sound task is done with its own arguments, whatever becomes of the others."""
    found = _by_key(subject)
    for task in SOUND:
        result = found.get(task.key)
        done = result is not None and not result.fault and dict(task.arguments).items() <= dict(result.values).items()
        require(done, f"{task.key} has the result {result}")


def faults_told(subject: Subject, _: None) -> None:
    """A task that fails, or ends its process, has a fault, and the failing one's own sentence."""
    found = _by_key(subject)
    for task, words in ((FAILING, "asked to fail"), (DYING, "")):
        result = found.get(task.key)
        told = result is not None and bool(result.fault) and words in result.fault
        require(told, f"{task.key} has the result {result}, without a fault that says {words or 'anything'!r}")


def done_elsewhere(subject: Subject, _: None) -> None:
    """Tasks are done in other processes; with `fresh`, each in one of its own."""
    pids = [_by_key(subject)[task.key].values.get("pid") for task in SOUND]
    require(os.getpid() not in pids, "tasks are done in the process that asks for them")
    require(len(set(pids)) == len(pids), f"fresh processes were asked for, and did several tasks: {pids}")


def nothing_to_do(subject: Subject, _: None) -> None:
    """No tasks have no results."""
    found = list(subject.built.execute([], fresh=False))
    require(not found, f"execute([]) yields {found}")


def processes_reused(subject: Subject, _: None) -> None:
    """Without `fresh` the same work is done."""
    found = {result.key: result for result in subject.built.execute(SOUND[:2], fresh=False)}
    require(found.keys() == {"sound-0", "sound-1"}, f"there are results of {sorted(found)}")
    require(not any(result.fault for result in found.values()), f"there are faults: {found}")


CHECKS = (
    Check(one_result_each, None),
    Check(work_done, None),
    Check(faults_told, None),
    Check(done_elsewhere, None),
    Check(nothing_to_do, None),
    Check(processes_reused, None),
)
