"""How a report words its numbers: one place for terminal, page and notebook."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from markupsafe import Markup

    from adfw.evaluation.figure import Figure
    from adfw.report.document import CutDocument, ScorerDocument, StrategyDocument

Unit = Literal["share", "index", "cost"]
Standing = Literal["separates", "does not separate", "wrong way round", "unknown"]

ORACLE = "oracle_"
COST = "cost_per_1000"
SHARES = {"accuracy", "precision", "recall", "false_alarm_rate", "review_rate", "invalid_rate"}

LEAKAGE = {
    "none": "chosen without any test image",
    "in_sample": "chosen on the very images it is judged by, so its figures flatter",
    "cross_fit": "each test image is judged by a cut chosen without it",
    "partial": "some of the images it was chosen on also judge it, so its figures may flatter",
}
VALIDITY = {
    "real": "chosen on the dataset's own images alone",
    "synthetic": "chosen with defects that were drawn into normal images; its figures are of the test images",
}
PROTOCOLS = {
    "normal_only": "held-out normal images alone",
    "cross_fit": "labelled test images, fold by fold",
    "split": "one part of the labelled test images; the other part judges",
    "oracle": "all labelled test images; for comparison with literature only",
    "synthetic": "held-out normal images, and the same with pasted defects",
    "none": "nothing: a value given in advance",
    "auto": "whatever the strategy needs",
}


def unit_of(name: str) -> Unit:
    """Say how a figure is written, by its key in the document."""
    plain = name.removeprefix(ORACLE)
    if plain == COST:
        return "cost"
    return "share" if plain in SHARES else "index"


def number(value: float) -> str:
    """Write a score or cut with four significant digits."""
    return f"{value:.4g}"


def value_text(value: float, unit: Unit) -> str:
    """Write one value: a share as per cent, an index with three decimals, a cost with three significant digits."""
    if unit == "share":
        return f"{100 * value:.1f} %"
    if unit == "index":
        return f"{value:.3f}"
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"


def figure_text(figure: Figure, unit: Unit) -> str:
    """Write a figure without its interval, "undefined" where it has no value."""
    return "undefined" if figure.value is None else value_text(figure.value, unit)


def interval_text(figure: Figure, unit: Unit) -> str:
    """Write the 95 % interval without unit, "" where nobody computed one."""
    if figure.low is None or figure.high is None:
        return ""
    low, high = (value_text(end, unit).removesuffix(" %") for end in (figure.low, figure.high))
    return f"{low} to {high}"


def count_text(figure: Figure) -> str:
    """Write the count behind a rate, "" where there is none."""
    return "" if figure.count is None or figure.total is None else f"{figure.count} of {figure.total}"


def breakable(text: str) -> Markup:
    """Escape a name and let lines break inside it where a reader would."""
    from markupsafe import Markup, escape

    return Markup(str(escape(text)).replace("(", "(<wbr>").replace("_", "_<wbr>"))


def label_text(strategy: StrategyDocument) -> str:
    """Write a strategy's label, and that its fallback set the cut where it did."""
    return f"{strategy.label} (its fallback was used)" if strategy.fallback else strategy.label


def cut_text(cut: CutDocument | None) -> str:
    """Write a cut for readers."""
    if cut is None:
        return "none"
    if cut.kind == "never":
        return "∞ (rejects nothing)"
    if cut.kind == "always":
        return "-∞ (rejects all)"
    return "none" if cut.value is None else number(cut.value)


def cut_interval_text(interval: tuple[float | None, float | None] | None) -> str:
    """Write the interval of a cut, an open end as ∞; "" where nobody computed one."""
    if interval is None:
        return ""
    low, high = interval
    return f"{'-∞' if low is None else number(low)} to {'∞' if high is None else number(high)}"


def standing(scorer: ScorerDocument) -> Standing:
    """Say in two words whether a scorer separates normal from anomalous images, by its AUROC's interval."""
    auroc = scorer.ranking.get("auroc")
    if auroc is None or auroc.low is None or auroc.high is None:
        return "unknown"
    if auroc.low > 0.5:
        return "separates"
    return "wrong way round" if auroc.high < 0.5 else "does not separate"


def find(figures: dict[str, Figure], name: str) -> tuple[str, Figure] | None:
    """Find a figure under its name or its oracle's name; returns the name it has."""
    for key in (name, ORACLE + name):
        if key in figures:
            return key, figures[key]
    return None
