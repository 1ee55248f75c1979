"""What a comparison of strategies found, as one document: terminal, CSV, JSON and HTML are made from it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pydantic import BaseModel, ConfigDict

from adfw.evaluation.figure import Figure
from adfw.report.document import StrategyDocument  # noqa: TC001 - pydantic reads it
from adfw.thresholds.costs import Costs  # noqa: TC001 - pydantic reads it

if TYPE_CHECKING:
    from pathlib import Path

    from rich.console import Console


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Pair(_Part):
    """Two strategies on the same parts: first minus second.

    `only_first_right` and `only_second_right` count the parts on which one alone decided rightly; `p_value` is the
    exact McNemar test's that they are right equally often.
    """

    first: str
    second: str
    cost_difference: Figure | None
    f1_difference: Figure
    only_first_right: int
    only_second_right: int
    p_value: float

    def turned(self, second: str | None) -> Pair:
        """Return the pair with the named strategy as the second."""
        if self.first != second:
            return self
        return Pair(
            first=self.second,
            second=self.first,
            cost_difference=None if self.cost_difference is None else _negated(self.cost_difference),
            f1_difference=_negated(self.f1_difference),
            only_first_right=self.only_second_right,
            only_second_right=self.only_first_right,
            p_value=self.p_value,
        )


def _negated(figure: Figure) -> Figure:
    value, low, high = (None if one is None else -one for one in (figure.value, figure.low, figure.high))
    return Figure(value=value, low=high, high=low)


class ComparedTable(_Part):
    """The strategies on one score table.

    `policies` are the costs of 1,000 parts of policies that look at nothing: pass, reject or refer all. `best` is the
    cheapest strategy at the stated costs; `best_share` of the bootstrap draws agree.
    """

    name: str
    n_normal: int
    n_anomalous: int
    strategies: tuple[StrategyDocument, ...]
    policies: dict[str, Figure] = {}
    pairs: tuple[Pair, ...] = ()
    best: str | None = None
    best_share: float | None = None
    sentences: tuple[str, ...] = ()


class Across(_Part):
    """Two score tables on the test images that both have: first minus second.

    `auroc_difference` has DeLong's interval; `pairs` holds, by its label, each strategy that has a cut on both, with
    the tables' names in place of strategies'. `problem` says why the tables cannot be paired, "" if they can.
    """

    first: str
    second: str
    n_normal: int = 0
    n_anomalous: int = 0
    auroc_difference: Figure | None = None
    pairs: dict[str, Pair] = {}
    problem: str = ""


class ComparedRun(_Part):
    """What a run's report says of its model: figures of the reconstruction, and of each scorer by its label."""

    name: str
    notice: str
    differs: dict[str, Any]
    """Fields of the recipe whose value is not the same in all runs."""
    reconstruction: dict[str, Figure]
    scorers: dict[str, dict[str, Figure]]


class Comparison(_Part):
    """Strategies side by side on one or several score tables; shown as HTML in a notebook."""

    tables: tuple[ComparedTable, ...]
    across: tuple[Across, ...] = ()
    runs: tuple[ComparedRun, ...] = ()
    costs: Costs | None = None
    protocol: str = "auto"
    draws: int
    seed: int
    sentences: tuple[str, ...] = ()

    def to_csv(self, path: Path | str) -> None:
        """Write one row for each table and strategy."""
        from adfw.thresholds.comparison_csv import write_rows

        write_rows(self, path)

    def to_json(self, path: Path | str) -> None:
        """Write the whole document."""
        from adfw.run_folder import write_atomically

        write_atomically(_path(path), self.model_dump_json(indent=2) + "\n")

    def to_html(self, path: Path | str | None = None) -> str:
        """Return one self-contained page; with a path, write it too."""
        from adfw.run_folder import write_atomically
        from adfw.thresholds.comparison_html import page

        text = page(self)
        if path is not None:
            write_atomically(_path(path), text)
        return text

    def print(self, console: Console | None = None) -> None:
        """Print the tables to the terminal."""
        from adfw.thresholds.comparison_text import print_comparison

        print_comparison(self, console)

    def _repr_html_(self) -> str:
        from adfw.thresholds.comparison_html import fragment

        return fragment(self)


def _path(path: Path | str) -> Path:
    from pathlib import Path

    return Path(path)
