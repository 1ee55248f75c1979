"""A sweep as CSV, Markdown and for the terminal."""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING

from adfw.sweeping.document import FIGURES, Row, Sweep

if TYPE_CHECKING:
    from rich.console import Console

    from adfw.evaluation.figure import Figure

WIDE = 150
"""Columns from which all figures fit into one table; below, each row gets a block of its own."""
DECIMALS = {
    "auroc": 3,
    "aupro_0.30": 3,
    "f1": 3,
    "latency_p50_ms": 1,
    "latency_p95_ms": 1,
    "fit_s": 1,
    "detector_mb": 2,
}


def to_csv(sweep: Sweep) -> str:
    """Return a line for each run."""
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\n")
    names = sweep.figure_names()
    writer.writerow(["recipe", "category", "seed", "protocol", *names, "digest", "folder", "fault"])
    for run in sweep.runs:
        values = [run.figures[name].value if name in run.figures else None for name in names]
        writer.writerow([run.recipe, run.category, run.seed, run.protocol, *values, run.digest, run.folder, run.fault])
    return stream.getvalue()


def to_markdown(sweep: Sweep) -> str:
    """Return the table of means, the sentences below it and the runs that failed."""
    head = heads(sweep)
    lines = ["| " + " | ".join(head) + " |", "|" + "---|" * len(head)]
    lines += ["| " + " | ".join(_escaped(cell) for cell in cells(sweep, row)) + " |" for row in sweep.rows()]
    lines += ["", *sentences(sweep)]
    lines += [f"- {_escaped(text)}" for text in faults(sweep)]
    return "\n".join(lines) + "\n"


def heads(sweep: Sweep) -> list[str]:
    """Return the headings of the table."""
    return ["recipe", "category", "runs", *(FIGURES[name] for name in sweep.figure_names())]


def cells(sweep: Sweep, row: Row) -> list[str]:
    """Return one row in words."""
    done = str(row.runs) if row.done == row.runs else f"{row.done} of {row.runs}"
    return [
        row.recipe,
        row.category or "-",
        done,
        *(figure_text(name, row.figures[name]) for name in sweep.figure_names()),
    ]


def figure_text(name: str, figure: Figure) -> str:
    """Write a mean with half its interval's width, e.g. `0.981 ± 0.012`; "-" where it is undefined."""
    if figure.value is None:
        return "-"
    decimals = DECIMALS.get(name, 0 if figure.value >= 100 else 1)
    half = "" if figure.high is None else f" ± {figure.high - figure.value:,.{decimals}f}"
    return f"{figure.value:,.{decimals}f}{half}"


def sentences(sweep: Sweep) -> list[str]:
    """Say how the figures came about."""
    protocols = sorted({run.protocol for run in sweep.runs if run.protocol})
    found = [
        "Means over seeds, ± half of Student's 95 % interval. F1 and cost are those of each recipe's first threshold "
        f"strategy (protocol: {', '.join(protocols) or 'none'}), fit and memory those of a process for each run.",
        "Measured on " + ", ".join(f"{name} {value}" for name, value in sweep.hardware.items()) + ".",
    ]
    reasons = {figure.reason for row in sweep.rows() for figure in row.figures.values() if figure.value is None}
    found += [f'"-": {"; ".join(sorted(reasons))}.'] if reasons else []
    if sweep.verb == "benchmark":
        found.insert(1, "Latency is that from one preprocessed image to its score, images one by one.")
    return [*found, *dict.fromkeys(run.notice for run in sweep.runs if run.notice)]


def faults(sweep: Sweep) -> list[str]:
    """Say which runs failed and why."""
    return [f"failed: {run.recipe} {run.category} seed {run.seed}: {run.fault}" for run in sweep.failed]


def print_sweep(sweep: Sweep, console: Console) -> None:
    """Print the table, or a block for each row in a narrow terminal."""
    from rich.table import Table

    if console.width >= WIDE:
        table = Table(*heads(sweep), box=None, pad_edge=False)
        for row in sweep.rows():
            table.add_row(*cells(sweep, row))
        console.print(table)
    else:
        for row in sweep.rows():
            first, *rest = zip(heads(sweep), cells(sweep, row), strict=True)
            console.print(" ".join([first[1], *(value for _, value in rest[:1] if value != "-")]))
            for head, value in rest[1:]:
                console.print(f"  {head:<16} {value}")
    for text in (*sentences(sweep), *faults(sweep)):
        console.print(text)


def _escaped(text: str) -> str:
    return " ".join(text.replace("|", "\\|").split())
