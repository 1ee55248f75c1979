"""The report in a terminal: notice, verdicts, strategies, and where the page is."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.markup import escape
from rich.padding import Padding
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from adfw.report import words

if TYPE_CHECKING:
    from pathlib import Path

    from rich.console import Console

    from adfw.evaluation.figure import Figure
    from adfw.report.document import RunDocument, ScorerDocument, StrategyDocument

WIDE = 110
"""Columns from which strategies fit into one table; below, each gets a block of its own, and no number is cut."""
STYLES = {"separates": "bold green", "unknown": "bold"}
RATES = {"recall": "recall", "precision": "precision", "f1": "F1", "cost_per_1000": "cost per 1,000 parts"}


def print_report(document: RunDocument, console: Console, path: Path) -> None:
    """Print what a run found and end with the path of its page; readable from 60 columns on."""
    console.print()
    console.print(Text(document.name, style="bold"))
    if document.notice:
        console.print(Panel(Text(document.notice), title="Please note", border_style="yellow", title_align="left"))
    for scorer in document.scorers:
        _print_scorer(scorer, console)
    for sentence in document.sentences:
        console.print(Text(sentence, style="dim"))
    _print_footnotes(document, console)
    console.print("\nReport:")
    console.print(Text(str(path), style="bold"), soft_wrap=True)


def _print_scorer(scorer: ScorerDocument, console: Console) -> None:
    standing = words.standing(scorer)
    console.print()
    console.print(Text.assemble((scorer.label, "bold"), "  ", (standing, STYLES.get(standing, "bold red"))))
    console.print(scorer.verdict, markup=False)
    if not scorer.strategies:
        return
    if console.width >= WIDE:
        console.print(_table(scorer.strategies))
    else:
        for strategy in scorer.strategies:
            _print_strategy(strategy, console)


def _table(strategies: tuple[StrategyDocument, ...]) -> Table:
    table = Table(box=None, pad_edge=False, header_style="dim", padding=(0, 2, 0, 0))
    for heading in ("strategy", "threshold", "protocol, leakage", "missed", "false alarms", *RATES.values()):
        table.add_column(heading, overflow="fold")
    for strategy in strategies:
        origin = f"{strategy.protocol}\n{strategy.leakage}"
        if strategy.confusion is None:
            table.add_row(escape(strategy.label), words.cut_text(strategy.cut), origin)
            continue
        figures = [_figure(strategy, name, "\n") for name in RATES]
        row = (strategy.label, words.cut_text(strategy.cut), origin, *_errors(strategy), *figures)
        table.add_row(*(escape(cell) for cell in row))
    return table


def _print_strategy(strategy: StrategyDocument, console: Console) -> None:
    """Print one strategy as lines that wrap between words."""
    console.print(Text(f"  {strategy.label}", style="bold"))
    lines = [f"threshold {words.cut_text(strategy.cut)} ({strategy.protocol}, leakage: {strategy.leakage})"]
    if strategy.confusion is not None:
        missed, alarms = _errors(strategy)
        lines += [f"missed {missed}, false alarms {alarms}"]
        lines += [f"{title} {_figure(strategy, name, ', ')}" for name, title in RATES.items()]
    for line in lines:
        console.print(Padding(Text(line), (0, 0, 0, 4)))


def _errors(strategy: StrategyDocument) -> tuple[str, str]:
    c = strategy.confusion
    if c is None:
        return "", ""
    anomalous = c.false_normal + c.true_anomalous + c.review_anomalous
    normal = c.false_anomalous + c.true_normal + c.review_normal
    return f"{c.false_normal} of {anomalous}", f"{c.false_anomalous} of {normal}"


def _figure(strategy: StrategyDocument, name: str, joint: str) -> str:
    found = words.find(strategy.figures, name)
    if found is None:
        return "not computed"
    key, figure = found
    mark = f"{joint}{key}" if key.startswith(words.ORACLE) else ""
    return _with_interval(figure, words.unit_of(key), joint) + mark


def _with_interval(figure: Figure, unit: words.Unit, joint: str) -> str:
    if figure.value is None:
        return f"undefined{joint}{figure.reason}"
    interval = words.interval_text(figure, unit)
    return words.figure_text(figure, unit) + (f"{joint}{interval}" if interval else "")


def _print_footnotes(document: RunDocument, console: Console) -> None:
    """Say why a strategy has no cut, what a cut warns of, and what the leakage labels mean."""
    strategies = [strategy for scorer in document.scorers for strategy in scorer.strategies]
    notes: dict[str, None] = {}
    for strategy in strategies:
        warnings = strategy.cut.warnings if strategy.cut else ()
        notes |= dict.fromkeys(f"{strategy.label}: {text}" for text in (strategy.problem, *warnings) if text)
    for leakage in dict.fromkeys(strategy.leakage for strategy in strategies):
        notes[f"leakage {leakage}: {words.LEAKAGE[leakage]}"] = None
    if strategies:
        notes["Ranges are 95 % intervals; an image is rejected if its score is at least the threshold."] = None
        console.print()
    for note in notes:
        console.print(Text(note, style="dim"))
