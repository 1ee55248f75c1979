"""The entries of a recipe on one score table: strategies, and the fallbacks that some of them name."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from adfw.errors import ThresholdNotIdentifiable
from adfw.thresholds.applying import fit_rows
from adfw.thresholds.fallback import WithFallback, strategies_in
from adfw.thresholds.protocols import make_plan
from adfw.thresholds.strategy_documents import DRAWS, Evaluated, Terms, documents

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np
    import numpy.typing as npt

    from adfw.component import Component
    from adfw.interfaces import Cut, Threshold
    from adfw.report.document import StrategyDocument
    from adfw.scores import ScoreTable
    from adfw.thresholds.costs import Costs

__all__ = ["Evaluated", "Terms", "evaluate_strategies", "evaluate_strategy", "ship_cut"]


def evaluate_strategy(  # noqa: PLR0913 - keywords with defaults
    strategy: Component[Threshold],
    table: ScoreTable,
    *,
    protocol: str = "auto",
    seed: int = 0,
    costs: Costs | None = None,
    scorer: str | None = None,
    contents: npt.NDArray[np.str_] | None = None,
    draws: int = DRAWS,
) -> StrategyDocument:
    """Fit a strategy by a protocol and measure what it decides on the test rows.

    `scorer` is the label of what made the scores; a strategy with a field `scorer` that names another is refused.
    `contents` (N,) are content hashes of the table's images; `draws` is the number of bootstrap draws behind intervals.
    Where there is no cut, the document says why in `problem`.
    """
    [evaluated] = evaluate_strategies([strategy], table, Terms(protocol, seed, costs, scorer, contents, draws))
    return evaluated.document


def ship_cut(strategy: Component[Threshold], table: ScoreTable, protocol: str = "auto", seed: int = 0) -> Cut:
    """Return the cut of a strategy, or of its fallback, fitted on all that the protocol allows.

    Raises ThresholdNotIdentifiable or InvalidScores where there is none.
    """
    first, *others = strategies_in(strategy)
    try:
        threshold = first.build()
        [cut] = fit_rows([threshold], table, make_plan(table, threshold.needs, protocol, seed).ship)
        if isinstance(cut, Exception):
            raise cut
    except ThresholdNotIdentifiable as error:
        if not others:
            raise
        instead = ship_cut(others[0], table, protocol, seed)
        return replace(instead, warnings=(_said(first, error, others[0].label()), *instead.warnings))
    return cut


def evaluate_strategies(entries: Sequence[Component[Threshold]], table: ScoreTable, terms: Terms) -> list[Evaluated]:
    """Evaluate strategies on one table; where one cannot be identified, its fallback takes its place and says so."""
    found = documents([strategies_in(entry)[0] for entry in entries], table, terms)
    turned = [
        row
        for row, entry in enumerate(entries)
        if isinstance(entry, WithFallback) and isinstance(found[row].error, ThresholdNotIdentifiable)
    ]
    others = documents([strategies_in(entries[row])[-1] for row in turned], table, terms) if turned else []
    for row, other in zip(turned, others, strict=True):
        found[row] = _instead(entries[row], found[row], other)
    return [_entered(entry, one) for entry, one in zip(entries, found, strict=True)]


def _instead(entry: Component[Threshold], failed: Evaluated, other: Evaluated) -> Evaluated:
    """Return what the fallback found, with the reason why it was turned to; or both reasons why there is no cut."""
    document = other.document
    if document.cut is None:
        problem = f"{failed.document.problem}; nor does its fallback give a cut: {document.problem}"
        return other._replace(document=document.model_copy(update={"problem": problem}))
    said = _said(strategies_in(entry)[0], failed.error, document.label)
    cut = document.cut.model_copy(update={"warnings": (said, *document.cut.warnings)})
    return other._replace(document=document.model_copy(update={"cut": cut, "fallback": said}))


def _said(first: Component[Threshold], error: Exception | None, fallback: str) -> str:
    return f"the cut is that of the fallback {fallback}, because {first.label()} cannot be identified: {error}"


def _entered(entry: Component[Threshold], found: Evaluated) -> Evaluated:
    """Return a document under the label and configuration of its whole entry."""
    if not isinstance(entry, WithFallback):
        return found
    update = {"label": entry.label(), "config": entry.model_dump(mode="json")}
    return found._replace(document=found.document.model_copy(update=update))
