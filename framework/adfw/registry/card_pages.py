"""The two forms of a model card: Markdown and a page."""

from __future__ import annotations

import html
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable

META = '<meta charset="utf-8"><meta name="viewport" content="width=device-width">'
STYLE = (
    ":root{color-scheme:light dark;--text:#1a1a1a;--page:#fff;--line:#c4c9d1;--head:#f2f3f5}"
    "@media(prefers-color-scheme:dark){:root{--text:#e6ebf2;--page:#11161d;--line:#38424f;--head:#1a212b}}"
    "body{font:16px/1.5 system-ui,sans-serif;max-width:46rem;margin:2rem auto;padding:0 1rem;color:var(--text);"
    "background:var(--page)}h1,p{overflow-wrap:anywhere}h2{margin-top:2rem}"
    "table{border-collapse:collapse;display:block;overflow-x:auto;font-variant-numeric:tabular-nums}"
    "td,th{border:1px solid var(--line);padding:.25rem .6rem;text-align:left}th{background:var(--head)}"
)


class Section(NamedTuple):
    """One part of the card: sentences, then rows of a table of which the first is its heading."""

    title: str
    sentences: tuple[str, ...] = ()
    rows: tuple[tuple[str, ...], ...] = ()


def markdown(parts: Iterable[Section]) -> str:
    """Return the card as GitHub's Markdown."""
    lines: list[str] = []
    for index, part in enumerate(parts):
        lines += [f"{'##' if index else '#'} {_escaped(part.title)}", ""]
        for sentence in part.sentences:
            lines += [_escaped(sentence), ""]
        if part.rows:
            cells = [[_escaped(cell).replace("|", "\\|") for cell in row] for row in part.rows]
            cells.insert(1, ["---"] * len(cells[0]))
            lines += [*(f"| {' | '.join(row)} |" for row in cells), ""]
    return "\n".join(lines)


def page(parts: Iterable[Section]) -> str:
    """Return the card as one HTML page that needs nothing else."""
    body: list[str] = []
    title = ""
    for index, part in enumerate(parts):
        level = "h2" if index else "h1"
        title = title or part.title
        body.append(f"<{level}>{html.escape(part.title)}</{level}>")
        body += [f"<p>{html.escape(sentence)}</p>" for sentence in part.sentences]
        if part.rows:
            rows = [_row(row, "td" if number else "th") for number, row in enumerate(part.rows)]
            body.append(f"<table>{''.join(rows)}</table>")
    head = f"{META}<title>{html.escape(title)}</title>"
    return (
        f'<!doctype html><html lang="en"><head>{head}<style>{STYLE}</style></head><body>{"".join(body)}</body></html>'
    )


def _row(cells: Iterable[str], tag: str) -> str:
    return f"<tr>{''.join(f'<{tag}>{html.escape(cell)}</{tag}>' for cell in cells)}</tr>"


def _escaped(text: str) -> str:
    """Keep what a recipe or plugin wrote from becoming markup."""
    one_line = " ".join(text.split())
    return "".join(f"\\{letter}" if letter in "\\`*_[]<>#" else letter for letter in one_line)
