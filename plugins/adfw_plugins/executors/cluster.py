"""A Ray cluster: runs as its tasks, large inspections as a stream from readers to scorers."""

from __future__ import annotations

import logging
from dataclasses import asdict
from typing import TYPE_CHECKING, Any, Literal

from pydantic import Field

from adfw import Component, Executor, RunError, Task, TaskResult, perform

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path


class RayConfig(Component[Executor]):
    """A Ray cluster; tasks of a machine that is lost are done on another. Needs the extra `ray`."""

    name: Literal["ray"] = "ray"
    address: str | None = Field(None, description="auto, or the address of a head node; null starts Ray here")
    cpus: float = Field(1, ge=0, description="of one run, and of one scorer of images")
    gpus: float = Field(0, ge=0, description="of one run, and of one scorer of images")
    readers: int = Field(1, ge=1, description="processes that read and decode images, each on one CPU core")
    scorers: int = Field(1, ge=1, description="processes that score images")
    retries: int = Field(3, ge=1, description="further attempts at a run whose process or machine was lost")

    @classmethod
    def conformance_examples(cls, folder: Path) -> Sequence[RayConfig]:  # noqa: ARG003 - needs no files
        """Return none: a check of everything installed should not start a cluster."""
        return ()

    def build(self) -> Executor:
        """Return the executor; raises RunError where Ray is not installed."""
        try:
            import ray  # noqa: F401 - only whether it is there
        except ImportError as error:
            raise RunError(f"the executor ray needs Ray ({error}); install it with: pip install 'adfw[ray]'") from error
        return Cluster(self)


class Cluster(Executor):
    """Has tasks done by a Ray cluster, which it joins or starts when it is first asked."""

    def __init__(self, config: RayConfig) -> None:
        self._config = config

    def execute(self, tasks: Sequence[Task], *, fresh: bool = True) -> Iterator[TaskResult]:
        """Submit all tasks at once; shards of an inspection go through Ray Data."""
        if not tasks:
            return
        self._join()
        if all(task.work == "inspect" for task in tasks):
            from adfw_plugins.executors.stream import stream

            yield from stream(tasks, self._config)
        else:
            yield from self._remote(tasks, fresh=fresh)

    def _join(self) -> None:
        import ray

        if ray.is_initialized():
            return
        try:
            ray.init(address=self._config.address, log_to_driver=False, logging_level=logging.ERROR)
        except (ConnectionError, RuntimeError, ValueError) as error:
            raise RunError(f"no Ray cluster at {self._config.address}: {' '.join(str(error).split())}") from error

    def _remote(self, tasks: Sequence[Task], *, fresh: bool) -> Iterator[TaskResult]:
        import ray

        how: dict[str, Any] = {"num_cpus": self._config.cpus, "num_gpus": self._config.gpus}
        how |= {"max_retries": self._config.retries, "max_calls": 1 if fresh else 0}
        do = ray.remote(**how)(_perform)
        waiting = {do.remote(asdict(task)): task.key for task in tasks}
        try:
            while waiting:
                (reference, *_), _ = ray.wait(list(waiting), num_returns=1)
                key = waiting.pop(reference)
                try:
                    yield TaskResult(**ray.get(reference))
                except ray.exceptions.RayError as error:
                    yield TaskResult(key, f"its process was lost, also when tried again: {_first_line(error)}")
        finally:
            for reference in waiting:
                ray.cancel(reference, force=True)


def _perform(task: dict[str, Any]) -> dict[str, Any]:
    """Do a task where Ray put it; data in, data out."""
    return asdict(perform(Task(**task)))


def _first_line(error: Exception) -> str:
    return str(error).strip().split("\n", 1)[0]
