"""A comparison in a terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.console import Console
from rich.table import Table
from rich.text import Text

from adfw.report.words import label_text
from adfw.thresholds.words import across_sentence, columns, figure_text, origin, rows, run_rows, threshold_text

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from adfw.thresholds.comparison import Across, ComparedTable, Comparison, Pair
    from adfw.thresholds.words import Row

TABLED = 118
"""Columns from which pairs fit into a table."""
WIDE = 160
"""Columns from which strategies fit into one table; below, each gets a block of its own."""


def print_comparison(comparison: Comparison, console: Console | None = None) -> None:
    """Print runs side by side where there are several, then the strategies of each table."""
    console = Console() if console is None else console
    if comparison.runs:
        _print_runs(comparison, console)
    for table in comparison.tables:
        console.print()
        head = f"{table.name}: {table.n_normal} normal and {table.n_anomalous} anomalous test images"
        console.print(Text(head, style="bold"))
        _print_table(table, console) if console.width >= WIDE else _print_blocks(table, console)
        for name, figure in table.policies.items():
            console.print(Text(f"policy to {name}: {figure_text(figure)[0]} for 1,000 parts"))
        _print_pairs(table, console)
        for strategy in table.strategies:
            if strategy.problem:
                console.print(Text(f"no cut: {strategy.problem}"))
            if strategy.fallback:
                console.print(Text(f"{strategy.label}: {strategy.fallback}"))
        for sentence in table.sentences:
            console.print(Text(sentence))
    for pair in comparison.across:
        if comparison.tables[0].name == pair.first:  # all the others are in the JSON
            _print_across(pair, console, detailed=len(comparison.tables) == 2)
    console.print()
    for sentence in comparison.sentences:
        console.print(Text(sentence))


def _print_table(table: ComparedTable, console: Console) -> None:
    shown = Table(box=None, pad_edge=False, header_style="dim", padding=(0, 2, 0, 0))
    shown.add_column("strategy", overflow="fold", max_width=44)
    for heading in ("threshold", "protocol", *columns(table).values()):
        shown.add_column(heading, no_wrap=True)
    for row in rows(table):
        if row.strategy.cut is not None:
            shown.add_row(
                Text(label_text(row.strategy)),
                threshold_text(row.strategy.cut, row.strategy.cut_interval),
                origin(row),
                *_figures(row, columns(table), "\n"),
            )
    console.print(shown, markup=False)


def _print_blocks(table: ComparedTable, console: Console) -> None:
    for row in rows(table):
        if row.strategy.cut is None:
            continue
        console.print()
        console.print(Text(label_text(row.strategy), style="bold"))
        console.print(Text(f"  threshold {threshold_text(row.strategy.cut, row.strategy.cut_interval)}, {origin(row)}"))
        for heading, text in zip(columns(table).values(), _figures(row, columns(table), " "), strict=True):
            console.print(Text(f"  {heading.ljust(16)}{text}"))


def _figures(row: Row, names: Iterable[str], between: str) -> list[str]:
    return [between.join(filter(None, figure_text(row.figures[name]))) for name in names]


def _print_pairs(table: ComparedTable, console: Console) -> None:
    """Print how the others differ from the best; all pairs are in the JSON."""
    mine = [pair.turned(table.best) for pair in table.pairs if table.best in {pair.first, pair.second}]
    if mine:
        console.print()
        console.print(Text(f"Against {table.best}, on the same parts", style="bold"))
        _print_pair_table([(pair.first, pair) for pair in mine], console)


def _print_pair_table(named: Sequence[tuple[str, Pair]], console: Console) -> None:
    """Print a table where it fits, else two lines for each pair."""
    headings = ("dearer by, per 1,000", "F1 higher by", "right alone", "McNemar p")
    shown = Table(box=None, pad_edge=False, header_style="dim", padding=(0, 2, 0, 0))
    shown.add_column("strategy", overflow="fold", max_width=60)
    for heading in headings:
        shown.add_column(heading, no_wrap=True)
    for label, pair in named:
        cost = "-" if pair.cost_difference is None else " ".join(figure_text(pair.cost_difference))
        f1 = " ".join(figure_text(pair.f1_difference))
        cells = (cost, f1, f"{pair.only_first_right} : {pair.only_second_right}", f"{pair.p_value:.2g}")
        shown.add_row(Text(label), *cells)
        if console.width < TABLED:
            console.print(Text(label))
            console.print(Text("  " + ", ".join(f"{head} {text}" for head, text in zip(headings, cells, strict=True))))
    if console.width >= TABLED:
        console.print(shown, markup=False)


def _print_across(across: Across, console: Console, *, detailed: bool) -> None:
    console.print()
    console.print(Text(across_sentence(across)))
    if not (detailed and across.pairs):
        return
    console.print(Text("The same strategy on both", style="bold"))
    _print_pair_table(list(across.pairs.items()), console)
    console.print(Text(f"Differences are {across.first} less {across.second}; each p is of one test."))


def _print_runs(comparison: Comparison, console: Console) -> None:
    for run in comparison.runs:
        if run.notice:
            console.print(Text(f"{run.name}: {run.notice}", style="bold yellow"))
    shown = Table(box=None, pad_edge=False, header_style="dim", padding=(0, 2, 0, 0))
    shown.add_column("runs side by side")
    for run in comparison.runs:
        shown.add_column(Text(run.name), overflow="fold")
    for heading, cells in run_rows(comparison.runs):
        shown.add_row(Text(heading), *(Text(cell) for cell in cells))
    console.print(shown, markup=False)
