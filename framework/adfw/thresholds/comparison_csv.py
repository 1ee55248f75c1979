"""A comparison as CSV: one row for each table and strategy, figures with their intervals."""

from __future__ import annotations

import csv
import io
from pathlib import Path
from typing import TYPE_CHECKING

from adfw.run_folder import write_atomically
from adfw.thresholds.words import COLUMNS, Row, rows

if TYPE_CHECKING:
    from adfw.thresholds.comparison import Comparison

FIRST = (
    *("table", "strategy", "protocol", "leakage", "validity"),
    *("threshold", "threshold_low", "threshold_high", "review_from"),
)


def write_rows(comparison: Comparison, path: Path | str) -> None:
    """Write every strategy of every table; numbers read back bit by bit."""
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\n")
    ends = [f"{name}{end}" for name in COLUMNS for end in ("", "_low", "_high")]
    writer.writerow([*FIRST, *ends, "problem", "fallback"])
    for table in comparison.tables:
        writer.writerows([table.name, *_cells(row)] for row in rows(table))
        for policy, figure in table.policies.items():
            at = len(FIRST) - 2 + 3 * list(COLUMNS).index("cost_per_1000")
            writer.writerow([table.name, policy, *[""] * at, figure.value, figure.low, figure.high, "", ""])
    write_atomically(Path(path), stream.getvalue())


def _cells(row: Row) -> list[object]:
    cut, interval = row.strategy.cut, row.strategy.cut_interval
    value = "" if cut is None else {"never": "inf", "always": "-inf"}.get(cut.kind, cut.value)
    low, high = ("", "") if interval is None else (_end(interval[0], "-inf"), _end(interval[1], "inf"))
    review = "" if cut is None or cut.review_from is None else float.fromhex(cut.review_from)
    cells: list[object] = [row.strategy.label, row.strategy.protocol, row.strategy.leakage, row.strategy.validity]
    cells += [value, low, high, review]
    for name in COLUMNS:
        figure = row.figures[name]
        cells += [figure.value, figure.low, figure.high]
    return [*cells, row.strategy.problem, row.strategy.fallback]


def _end(end: float | None, infinite: str) -> float | str:
    return infinite if end is None else end
