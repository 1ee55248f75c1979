"""A comparison as one page that needs nothing else."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from adfw import report
from adfw.report.words import breakable, label_text
from adfw.thresholds import words

if TYPE_CHECKING:
    from adfw.thresholds.comparison import ComparedTable, Comparison, Pair

EXTRA = """
td small { white-space: nowrap; } .strategies td small { display: block; } .policy .none { display: none; }
.best th { color: var(--good); } .best .strategy-label::after { content: " (cheapest)"; }
.policy { color: var(--muted); } .line { display: grid; grid-template-columns: minmax(8rem, 18rem) 1fr; gap: 1rem; }
.line span { overflow-wrap: anywhere; font-size: 0.85rem; }
.track { position: relative; height: 1.4rem; border-left: 1px solid var(--grid); }
.track i { position: absolute; top: 0.6rem; height: 4px; background: var(--muted); }
.track b { position: absolute; top: 0.35rem; width: 10px; height: 10px; margin-left: -5px; border-radius: 99px;
  background: var(--accent); }
.line .ends { max-width: none; } h2, h3, p, summary { overflow-wrap: anywhere; }
@media (min-width: 80rem) { .policy .none { display: table-cell; } }
@media (max-width: 46rem) { .line { grid-template-columns: minmax(0, 1fr); gap: 0; } }
"""


def page(comparison: Comparison) -> str:
    """Return the whole page; texts that come from users are escaped."""
    return str(_template().render(comparison=comparison, whole=True, styles=Markup(_styles())))


def fragment(comparison: Comparison) -> str:
    """Return the tables alone, for a notebook."""
    return str(_template().render(comparison=comparison, whole=False))


@cache
def _template() -> Any:  # jinja2's Template, which is not typed
    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.globals |= {
        "columns": words.columns,
        "rows": words.rows,
        "text": words.figure_text,
        "threshold": words.threshold_parts,
        "origin": words.origin,
        "label": label_text,
        "run_rows": words.run_rows,
        "forest": _forest,
        "pairs": _pairs,
        "across_sentence": words.across_sentence,
    }
    environment.filters["breakable"] = breakable
    return environment.get_template("comparison.html.j2")


def _styles() -> str:
    sheet = Path(report.__file__).parent / "templates" / "report.css"
    return sheet.read_text(encoding="utf-8") + EXTRA


def _forest(table: ComparedTable) -> dict[str, Any]:
    """Return intervals of costs in per cent of the axis, which ends at the largest of them."""
    priced = [(row.strategy.label, row.figures["cost_per_1000"]) for row in words.rows(table)]
    priced += [(f"policy: {name}", figure) for name, figure in table.policies.items()]
    known = [(label, figure) for label, figure in priced if figure.value is not None]
    end = max((max(figure.value or 0.0, figure.high or 0.0) for _, figure in known), default=0.0)
    if end == 0:
        return {"bars": [], "end": ""}
    bars = []
    for label, figure in known:
        value = figure.value or 0.0
        low, high = (value if one is None else one for one in (figure.low, figure.high))
        share = {"low": low / end, "width": (high - low) / end, "value": value / end}
        bars.append({"label": label} | {name: round(100 * part, 2) for name, part in share.items()})
    return {"bars": bars, "end": words.short(end)}


def _pairs(table: ComparedTable) -> list[tuple[str, Pair]]:
    mine = [pair.turned(table.best) for pair in table.pairs if table.best in {pair.first, pair.second}]
    return [(pair.first, pair) for pair in mine]
