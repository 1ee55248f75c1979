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
    from collections.abc import Sequence
    from pathlib import Path

    from rich.console import Console

    from adfw.evaluation.figure import Figure
    from adfw.report.document import RunDocument, ScorerDocument, StrategyDocument

WIDE = 120
"""Columns from which strategies fit into one table; below, each gets a block of its own, and no number is cut."""
STYLES = {"separates": "bold green", "unknown": "bold"}
RATES = {"recall": "recall", "precision": "precision", "f1": "F1", "cost_per_1000": "cost per 1,000"}


def print_report(document: RunDocument, console: Console, path: Path) -> None:
    """Print what a run found and end with the path of its page; readable from 60 columns on.

    Strategies are shown for the first scorer, which is the detector's; the page shows them for all.
    """
    console.print()
    console.print(Text(document.name, style="bold"))
    if document.notice:
        console.print(Panel(Text(document.notice), title="Please note", border_style="yellow", title_align="left"))
    for scorer in document.scorers:
        _print_verdict(scorer, console)
    for sentence in document.sentences:
        console.print(Text(sentence, style="dim"))
    if document.scorers and document.scorers[0].strategies:
        _print_strategies(document.scorers[0], console)
    console.print("\nReport:")
    console.print(Text(str(path), style="bold"), soft_wrap=True)


def _print_verdict(scorer: ScorerDocument, console: Console) -> None:
    standing = words.standing(scorer)
    console.print()
    console.print(Text.assemble((scorer.label, "bold"), "  ", (standing, STYLES.get(standing, "bold red"))))
    console.print(Text(scorer.verdict))


def _print_strategies(scorer: ScorerDocument, console: Console) -> None:
    """Print a table where it fits; oracle figures keep their long names, and so never stand in it."""
    console.print()
    console.print(Text.assemble("Thresholds on ", (scorer.label, "bold")))
    tabled = [s for s in scorer.strategies if s.confusion and s.protocol != "oracle" and console.width >= WIDE]
    if tabled:
        console.print(_table(tabled))
    for strategy in scorer.strategies:
        if strategy not in tabled:
            _print_strategy(strategy, console)
    _print_notes(scorer.strategies, console)


def _table(strategies: Sequence[StrategyDocument]) -> Table:
    table = Table(box=None, pad_edge=False, header_style="dim", padding=(0, 2, 0, 0))
    table.add_column("strategy", overflow="fold")
    rates = {name: title for name, title in RATES.items() if any(words.find(s.figures, name) for s in strategies)}
    for heading in ("threshold", "protocol,\nleakage", "missed", "false\nalarms"):
        table.add_column(heading, no_wrap=True)
    for title in rates.values():
        table.add_column(title, overflow="fold", min_width=14)
    for strategy in strategies:
        figures = [_figure(strategy, name, "\n") for name in rates]
        origin = f"{strategy.protocol}\n{strategy.leakage}{_validity(strategy, chr(10))}"
        row = (words.label_text(strategy), words.cut_text(strategy.cut), origin, *_errors(strategy), *figures)
        table.add_row(*(escape(cell) for cell in row))
    return table


def _print_strategy(strategy: StrategyDocument, console: Console) -> None:
    """Print one strategy as lines that wrap between words."""
    console.print(Text(f"  {words.label_text(strategy)}", style="bold"))
    if strategy.problem:
        console.print(Padding(Text(f"no threshold: {strategy.problem}", style="red"), (0, 0, 0, 4)))
        return
    origin = f"{strategy.protocol}, leakage: {strategy.leakage}{_validity(strategy, ', ')}"
    lines = [f"threshold {words.cut_text(strategy.cut)} ({origin})"]
    if strategy.confusion is not None:
        missed, alarms = _errors(strategy)
        lines += [f"missed {missed}, false alarms {alarms}"]
        known = {name: title for name, title in RATES.items() if words.find(strategy.figures, name)}
        lines += [f"{title} {_figure(strategy, name, ', ')}" for name, title in known.items()]
    for line in lines:
        console.print(Padding(Text(line), (0, 0, 0, 4)))


def _validity(strategy: StrategyDocument, joint: str) -> str:
    return "" if strategy.validity == "real" else f"{joint}validity: {strategy.validity}"


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


def _print_notes(strategies: Sequence[StrategyDocument], console: Console) -> None:
    """Say what a cut promises and warns of, and what the leakage labels mean."""
    notes: dict[str, None] = {}
    for strategy in strategies:
        texts = (strategy.cut.promise, *strategy.cut.warnings) if strategy.cut else ()
        notes |= dict.fromkeys(f"{strategy.label}: {text}" for text in texts if text)
    for leakage in dict.fromkeys(strategy.leakage for strategy in strategies):
        notes[f"leakage {leakage}: {words.LEAKAGE[leakage]}"] = None
    if any(strategy.validity == "synthetic" for strategy in strategies):
        notes[f"validity synthetic: {words.VALIDITY['synthetic']}"] = None
    notes["Ranges are 95 % intervals. An image is rejected if and only if its score is at least the threshold."] = None
    console.print()
    for note in notes:
        console.print(Text(note, style="dim"))
