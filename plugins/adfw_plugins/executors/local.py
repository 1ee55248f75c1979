"""Processes on this machine, one for each device."""

from __future__ import annotations

import json
import os
import queue
import signal
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import Field

from adfw import Component, Executor, RunError, TaskResult

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from adfw import Task

ATTEMPTS = 2
Device = Annotated[str, Field(pattern=r"^(cpu|cuda:\d+)$")]


class LocalConfig(Component[Executor]):
    """Processes on this machine: `workers` of them, or one for each of `devices`; each a newly started Python."""

    name: Literal["local"] = "local"
    workers: int = Field(1, ge=1, description="processes that share the CPU's cores between them")
    devices: tuple[Device, ...] = Field((), description="one process for each, e.g. [cuda:0, cuda:1]; sees no other")

    def build(self) -> Executor:
        """Return the executor."""
        count = len(self.devices) or self.workers
        threads = {} if count == 1 else {"OMP_NUM_THREADS": str(max(1, (os.cpu_count() or 1) // count))}
        return Local([threads | _visible(device) for device in self.devices or ("cpu",) * count])


def _visible(device: str) -> dict[str, str]:
    return {} if device == "cpu" else {"CUDA_VISIBLE_DEVICES": device.removeprefix("cuda:")}


class Local(Executor):
    """Keeps one process at work for each entry of `places`, which holds the variables that this process sees."""

    def __init__(self, places: Sequence[Mapping[str, str]]) -> None:
        self._places = places

    def execute(self, tasks: Sequence[Task], *, fresh: bool = True) -> Iterator[TaskResult]:
        """Hand the tasks out in their order, each to the first process that is free."""
        waiting: queue.SimpleQueue[Task] = queue.SimpleQueue()
        results: queue.SimpleQueue[TaskResult | BaseException] = queue.SimpleQueue()
        for task in tasks:
            waiting.put(task)
        workers = [_Worker(place) for place in self._places[: len(tasks)]]
        with ThreadPoolExecutor(max(1, len(workers)), thread_name_prefix="adfw-local") as pool:
            try:
                for worker in workers:
                    pool.submit(_serve, worker, waiting, results, fresh=fresh)
                for _ in tasks:
                    result = results.get()
                    if isinstance(result, BaseException):
                        raise result
                    yield result
            finally:
                for worker in workers:
                    worker.stop()


def _serve(
    worker: _Worker,
    waiting: queue.SimpleQueue[Task],
    results: queue.SimpleQueue[TaskResult | BaseException],
    *,
    fresh: bool,
) -> None:
    try:
        while not worker.stopped:
            results.put(worker.do(waiting.get_nowait()))
            if fresh:
                worker.end()
    except queue.Empty:
        pass
    except BaseException as error:  # raised where the results are waited for
        results.put(error)
    finally:
        worker.end()


class _Worker:
    """One process at a time, started when there is a task for it."""

    def __init__(self, place: Mapping[str, str]) -> None:
        self._place = place
        self._process: subprocess.Popen[str] | None = None
        self.stopped = False

    def do(self, task: Task) -> TaskResult:
        ends: list[str] = []
        while len(ends) < ATTEMPTS and not self.stopped:
            process = self._process or self._start()
            if answer := _ask(process, json.dumps(asdict(task))):
                return TaskResult(**json.loads(answer))
            self.end()
            ends.append(_how(process.returncode))
        return TaskResult(task.key, f"its process {' and, tried again, '.join(ends)}")

    def end(self) -> None:
        """Let the process end by itself and wait for it."""
        if self._process is not None:
            with suppress(BrokenPipeError), self._process:
                pass  # leaving closes the pipes and waits
            self._process.wait()
            self._process = None

    def stop(self) -> None:
        """End the process whatever it is at."""
        self.stopped = True
        if (process := self._process) is not None and process.poll() is None:
            process.kill()
            process.wait()

    def _start(self) -> subprocess.Popen[str]:
        try:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "adfw_plugins.executors.worker"],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                text=True,
                env={**os.environ, **self._place},
                start_new_session=True,  # Ctrl-C reaches this process, which then ends its workers
            )
        except OSError as error:
            raise RunError(f"{sys.executable}: cannot be started ({error}); mend the installation") from error
        if self.stopped:
            self.stop()
        return self._process


def _ask(process: subprocess.Popen[str], question: str) -> str:
    """Return the answer, "" where the process ended without one."""
    assert process.stdin is not None
    assert process.stdout is not None
    try:
        process.stdin.write(question + "\n")
        process.stdin.flush()
    except BrokenPipeError:
        return ""
    return process.stdout.readline()


def _how(code: int) -> str:
    if code == -signal.SIGKILL:
        return "was killed, as the system does when memory runs out"
    return f"ended with {'signal' if code < 0 else 'code'} {abs(code)}"
