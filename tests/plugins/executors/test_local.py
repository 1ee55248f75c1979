from __future__ import annotations

import json
import os
import subprocess
import sys
import time

import pytest

from adfw import Task
from adfw.testing import check_plugin
from adfw_plugins.executors.local import LocalConfig


@pytest.fixture(scope="module")
def local():
    return LocalConfig(workers=2)


def test_it_conforms(local) -> None:
    report = check_plugin(local, profile="quick")
    assert not report.failed, report.failed


def test_a_task_that_kills_its_process_is_tried_again_and_told(local) -> None:
    (result,) = local.build().execute([Task("a", "probe", {"leave": 3})])
    assert result.fault == "its process ended with code 3 and, tried again, ended with code 3"


PRINTING = """
from adfw import TaskResult
from adfw_plugins.executors import worker

def perform(task):
    print("told by the task")
    return TaskResult(task.key)

worker.perform = perform
worker.main()
"""


def test_what_a_task_prints_is_no_answer() -> None:
    task = json.dumps({"key": "a", "work": "probe", "arguments": {}}) + "\n"
    done = subprocess.run(
        [sys.executable, "-c", PRINTING], input=task, capture_output=True, text=True, check=True, timeout=60
    )
    assert [json.loads(line)["key"] for line in done.stdout.splitlines()] == ["a"]
    assert "told by the task" in done.stderr


def test_closing_early_ends_the_processes(local) -> None:
    results = local.build().execute([Task(str(n), "probe") for n in range(4)], fresh=False)
    pid = next(results).values["pid"]
    results.close()
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline and _alive(pid):
        time.sleep(0.05)
    assert not _alive(pid)


def _alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def test_a_worker_sees_its_own_device_only() -> None:
    places = LocalConfig(devices=("cuda:0", "cuda:2")).build()._places
    assert [place["CUDA_VISIBLE_DEVICES"] for place in places] == ["0", "2"]
    assert LocalConfig(workers=1).build()._places == [{}]
