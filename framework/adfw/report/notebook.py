"""A run as a notebook shows it: small, static, legible on any ground."""

from __future__ import annotations

from typing import TYPE_CHECKING

from markupsafe import Markup, escape

from adfw.report import words

if TYPE_CHECKING:
    from adfw.report.document import RunDocument, ScorerDocument, StrategyDocument

HEADINGS = (
    "strategy",
    "threshold",
    "protocol",
    "leakage",
    "missed",
    "false alarms",
    "recall",
    "precision",
    "cost / 1,000",
)
BOX = Markup('<p style="border:2px solid #b27b00;padding:.5em"><b>Please note.</b> {}</p>')


def summary(document: RunDocument) -> str:
    """Return HTML with notice, verdicts and strategies; no script, no style sheet, texts escaped."""
    parts = [Markup("<h3>{}</h3>").format(document.name)]
    if document.notice:
        parts.append(
            Markup('<p style="border:2px solid #b27b00;padding:.5em"><b>Please note.</b> {}</p>').format(
                document.notice
            )
        )
    for scorer in document.scorers:
        parts.append(Markup("<p><b>{}</b> {}</p>").format(words.standing(scorer), scorer.verdict))
        if scorer.strategies:
            parts.append(_table(scorer))
    return f"<div>{Markup().join(parts)}</div>"


def _table(scorer: ScorerDocument) -> Markup:
    head = Markup().join(Markup("<th>{}</th>").format(heading) for heading in HEADINGS)
    rows = Markup().join(Markup("<tr>{}</tr>").format(_row(strategy)) for strategy in scorer.strategies)
    return Markup("<table><thead><tr>{}</tr></thead><tbody>{}</tbody></table>").format(head, rows)


def _row(strategy: StrategyDocument) -> Markup:
    cells = [words.label_text(strategy), words.cut_text(strategy.cut), strategy.protocol, strategy.leakage]
    if strategy.confusion is None:
        return _cells(cells) + Markup('<td colspan="5">{}</td>').format(strategy.problem)
    cells += [str(strategy.confusion.false_normal), str(strategy.confusion.false_anomalous)]
    cells += [_figure(strategy, name) for name in ("recall", "precision", words.COST)]
    return _cells(cells)


def _cells(texts: list[str]) -> Markup:
    return Markup().join(Markup("<td>{}</td>").format(escape(text)) for text in texts)


def _figure(strategy: StrategyDocument, name: str) -> str:
    found = words.find(strategy.figures, name)
    if found is None:
        return "not computed"
    key, figure = found
    if figure.value is None:
        return f"undefined: {figure.reason}"
    interval = words.interval_text(figure, words.unit_of(key))
    shown = words.figure_text(figure, words.unit_of(key)) + (f" ({interval})" if interval else "")
    return f"{key} {shown}" if key.startswith(words.ORACLE) else shown
