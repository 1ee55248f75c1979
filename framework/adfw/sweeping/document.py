"""What a sweep found, as one document, from which its tables and page are made."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from pydantic import BaseModel, ConfigDict

from adfw.evaluation.average import average
from adfw.evaluation.figure import Figure
from adfw.run_folder import write_atomically

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

FIGURES = {
    "auroc": "image AUROC",
    "aupro_0.30": "AUPRO(0.3)",
    "f1": "F1",
    "cost_per_1000": "cost per 1,000",
    "fit_s": "fit, s",
    "latency_p50_ms": "p50, ms",
    "latency_p95_ms": "p95, ms",
    "peak_memory_mb": "peak memory, MB",
    "detector_mb": "detector, MB",
}
"""Every figure of a run with its heading; latency and the detector's size are a benchmark's."""


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class SweepRun(_Part):
    """One run: what it is of, where it lies, its figures, or why it failed."""

    recipe: str
    category: str
    seed: int
    digest: str
    folder: str
    fault: str = ""
    protocol: str = ""
    """How the threshold behind F1 and cost was chosen."""
    notice: str = ""
    figures: dict[str, Figure] = {}


class Row(_Part):
    """The runs of one recipe on one category: means over seeds with Student's 95 % intervals."""

    recipe: str
    category: str
    runs: int
    done: int
    figures: dict[str, Figure]


class Sweep(_Part):
    """The whole of `sweep.json` or `benchmark.json`."""

    schema_version: Literal[1] = 1
    verb: Literal["sweep", "benchmark"]
    created: str
    hardware: dict[str, str]
    runs: tuple[SweepRun, ...]

    @property
    def failed(self) -> tuple[SweepRun, ...]:
        """The runs that failed."""
        return tuple(run for run in self.runs if run.fault)

    def figure_names(self) -> list[str]:
        """Return the figures that some run has, in reading order."""
        return [name for name in FIGURES if any(name in run.figures for run in self.runs)]

    def rows(self) -> list[Row]:
        """Return a row for each recipe and category, and one over all categories where a recipe has several."""
        rows = []
        for recipe in dict.fromkeys(run.recipe for run in self.runs):
            own = [run for run in self.runs if run.recipe == recipe]
            categories = dict.fromkeys(run.category for run in own)
            rows += [self._row(recipe, name, [run for run in own if run.category == name]) for name in categories]
            if len(categories) > 1:
                rows.append(self._mean(recipe, own, len(categories)))
        return rows

    def _row(self, recipe: str, category: str, runs: Sequence[SweepRun]) -> Row:
        done = [run for run in runs if not run.fault]
        figures = {name: _over([run.figures[name] for run in done], "finished runs") for name in self.figure_names()}
        return Row(recipe=recipe, category=category, runs=len(runs), done=len(done), figures=figures)

    def _mean(self, recipe: str, runs: Sequence[SweepRun], categories: int) -> Row:
        """Average over categories within each seed, then over the seeds that have them all."""
        done = [run for run in runs if not run.fault]
        figures = {}
        for name in self.figure_names():
            by_seed = [[run.figures[name] for run in done if run.seed == seed] for seed in {run.seed for run in done}]
            whole = [_over(found, "categories") for found in by_seed if len(found) == categories]
            figures[name] = _over(whole, "seeds with every category")
        return Row(recipe=recipe, category="mean", runs=len(runs), done=len(done), figures=figures)

    def to_json(self, path: Path) -> None:
        """Write everything."""
        write_atomically(path, self.model_dump_json(indent=2) + "\n")

    def to_csv(self, path: Path) -> None:
        """Write a row for every run; numbers read back bit by bit."""
        from adfw.sweeping.tables import to_csv

        write_atomically(path, to_csv(self))

    def to_markdown(self, path: Path) -> None:
        """Write the table of means as Markdown."""
        from adfw.sweeping.tables import to_markdown

        write_atomically(path, to_markdown(self))

    def to_html(self, path: Path) -> None:
        """Write a page that needs nothing else."""
        from adfw.sweeping.page import page

        write_atomically(path, page(self))


def _over(figures: Sequence[Figure], of: str) -> Figure:
    """Average values; undefined, with the first reason, where one of them is."""
    for figure in figures:
        if figure.value is None:
            return Figure.undefined(figure.reason)
    return average([figure.value for figure in figures if figure.value is not None], of=of)
