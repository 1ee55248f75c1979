from __future__ import annotations

import os
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


def test_what_a_task_prints_is_no_answer(local) -> None:
    (result,) = local.build().execute([Task("a", "probe", {"text": "x\ny"})], fresh=False)
    assert (result.fault, result.values["text"]) == ("", "x\ny")


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
