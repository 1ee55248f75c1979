"""Sweeps and benchmarks: plan the runs, have an executor do those that are missing, put all into one table."""

from __future__ import annotations

import os
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from adfw.catalog import Catalog
from adfw.component_text import find
from adfw.errors import RunError
from adfw.interfaces import Task
from adfw.run_folder import write_atomically
from adfw.sweeping.document import Sweep, SweepRun
from adfw.sweeping.planning import Planned, plan
from adfw.sweeping.reading import is_done, read_run

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from adfw.component import Component
    from adfw.interfaces import Executor, TaskResult
    from adfw.sweeping.planning import Source

LATENCY_IMAGES = 50


@dataclass(frozen=True)
class _Job:
    verb: Literal["sweep", "benchmark"]
    out: Path
    runs: list[Planned]
    told: Callable[[str], None]

    @property
    def measured(self) -> bool:
        return self.verb == "benchmark"


def sweep(  # noqa: PLR0913 - what a sweep is made of
    recipes: Sequence[Source],
    *,
    out: Path | str,
    categories: Sequence[str] = (),
    seeds: Sequence[int] = (),
    overrides: Sequence[str] = (),
    executor: str | Component[Executor] = "local",
    catalog: Catalog | None = None,
    told: Callable[[str], None] = lambda _: None,
) -> Sweep:
    """Do recipes x categories x seeds, each in a process of its own, and write one table into the folder `out`.

    A run that is finished there, by its recipe's digest, is not repeated; one that fails stops no other and is tried
    again the next time. `executor` is e.g. "local(workers=2)"; `told` hears a sentence as each run ends. Raises
    RecipeError or PluginError before anything is done.
    """
    catalog = Catalog.discover() if catalog is None else catalog
    config = find("executor", executor, catalog) if isinstance(executor, str) else executor
    planned = plan(recipes, categories, seeds, overrides, catalog)
    return _do(_Job("sweep", Path(out), planned, told), config.build())


def benchmark(  # noqa: PLR0913 - what a benchmark is made of
    recipes: Sequence[Source],
    *,
    out: Path | str,
    categories: Sequence[str] = (),
    seeds: Sequence[int] = (),
    overrides: Sequence[str] = (),
    catalog: Catalog | None = None,
    told: Callable[[str], None] = lambda _: None,
) -> Sweep:
    """Do a sweep on this machine, one run at a time, and measure each detector's latency and size, too.

    Otherwise as `sweep`, with which it shares finished runs.
    """
    catalog = Catalog.discover() if catalog is None else catalog
    planned = plan(recipes, categories, seeds, overrides, catalog)
    return _do(_Job("benchmark", Path(out), planned, told), find("executor", "local", catalog).build())


def _do(job: _Job, executor: Executor) -> Sweep:
    todo = [one for one in job.runs if not is_done(one, job.out, measured=job.measured)]
    try:
        job.out.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise RunError(f"{job.out}: cannot be written ({error.strerror}); choose another --out") from error
    if len(todo) < len(job.runs):
        job.told(f"{len(job.runs) - len(todo)} of {len(job.runs)} runs are finished already")
    by_digest = {one.digest: one for one in todo}
    faults: dict[str, str] = {}
    for number, result in enumerate(executor.execute([_task(one, job) for one in todo], fresh=True), start=1):
        faults[result.key] = result.fault
        _keep_traceback(result, job.out / by_digest[result.key].folder)
        one = by_digest[result.key]
        what = " ".join(filter(None, (one.recipe.name, one.category, f"seed {one.recipe.seed}")))
        job.told(f"[{number}/{len(todo)}] {what}: {result.fault or 'done'}")
    return _written(
        job, [read_run(one, job.out, faults.get(one.digest, ""), measured=job.measured) for one in job.runs]
    )


def _task(planned: Planned, job: _Job) -> Task:
    arguments: Mapping[str, object] = {
        "recipe": planned.recipe.model_dump(mode="json"),
        "folder": str((job.out / planned.folder).absolute()),
        "directory": os.getcwd(),
        "latency_images": LATENCY_IMAGES if job.measured else 0,
    }
    return Task(planned.digest, "run", arguments)


def _keep_traceback(result: TaskResult, folder: Path) -> None:
    if text := result.values.get("traceback"):
        write_atomically(folder / "traceback.txt", str(text))


def _written(job: _Job, runs: Sequence[SweepRun]) -> Sweep:
    from adfw.provenance import machine

    now = datetime.now(UTC).isoformat(timespec="seconds")
    found = Sweep(verb=job.verb, created=now, hardware=machine(), runs=tuple(runs))
    found.to_json(job.out / f"{job.verb}.json")
    found.to_csv(job.out / f"{job.verb}.csv")
    found.to_markdown(job.out / f"{job.verb}.md")
    found.to_html(job.out / f"{job.verb}.html")
    return found
