"""What the page's own program works on: every test score exactly, the cuts exactly, the costs, the curves."""

from __future__ import annotations

import json
import math
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Mapping

    import numpy.typing as npt

    from adfw.report.document import Confusion, CutDocument, RunDocument, ScorerDocument, StrategyDocument
    from adfw.scores import ScoreTable


def page_data(document: RunDocument, tables: Mapping[str, ScoreTable]) -> dict[str, Any]:
    """Return the data as JSON can hold it; numbers that JSON has no word for are text ("Infinity", "NaN").

    Images are those of the first scorer's test split, in its order; `tables` holds each scorer's table by its label.
    """
    first = tables[document.scorers[0].label].of_split("test")
    ids = [str(identity) for identity in first.id]
    return {
        "ids": ids,
        "labels": first.label.tolist(),
        "defects": [str(defect) for defect in first.defect],
        "scorers": [_scorer(scorer, tables[scorer.label], ids) for scorer in document.scorers],
        "costs": costs_of(document.recipe),
        "history": [{key: _number(value) for key, value in row.items()} for row in document.history],
    }


def costs_of(recipe: Mapping[str, Any]) -> dict[str, float] | None:
    """Return the costs the recipe states, or None: a page never invents costs or prevalence."""
    costs = recipe.get("costs")
    names = ("false_negative", "false_positive", "prevalence")
    if not isinstance(costs, dict) or not all(isinstance(costs.get(name), int | float) for name in names):
        return None
    return {name: float(costs[name]) for name in names}


def to_json(data: object) -> str:
    """Write JSON that may stand inside a script element, whatever text it holds."""
    text = json.dumps(data, allow_nan=False, ensure_ascii=False, separators=(",", ":"))
    return text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")


def exact(cut: CutDocument) -> float:
    """Return the cut as the float64 it is."""
    if cut.kind == "finite":
        if cut.exact is not None:
            return float.fromhex(cut.exact)
        if cut.value is not None:
            return cut.value
    return -math.inf if cut.kind == "always" else math.inf


def rates(confusion: Confusion) -> tuple[float | None, float | None]:
    """Return miss rate and false-alarm rate, None for a class without images; what was reviewed was not passed."""
    anomalous = confusion.true_anomalous + confusion.false_normal + confusion.review_anomalous
    normal = confusion.true_normal + confusion.false_anomalous + confusion.review_normal
    return (
        confusion.false_normal / anomalous if anomalous else None,
        confusion.false_anomalous / normal if normal else None,
    )


def thumbnail_order(data: Mapping[str, Any]) -> list[str]:
    """Return the ids of page data, the hardest to judge first.

    Hard are defects of low score, normal images of high score, and images next to a cut, each for any scorer.
    """
    labels, count = np.array(data["labels"]), len(data["ids"])
    place = np.full(count, count)
    for scorer in data["scorers"]:
        scores = np.array([float(score) for score in scorer["scores"]])
        cuts = [float(strategy["cut"]) for strategy in scorer["strategies"] if strategy["cut"] is not None]
        gaps = [np.abs(scores - cut) for cut in cuts if math.isfinite(cut)]
        for label, worst in ((1, scores), (0, -scores)):
            rows = np.flatnonzero(labels == label)
            for keys in (worst, *gaps):
                ranked = rows[np.argsort(keys[rows], kind="stable")]
                place[ranked] = np.minimum(place[ranked], np.arange(len(ranked)))
    return [data["ids"][row] for row in np.argsort(place, kind="stable")]


def _precision(confusion: Confusion | None) -> float | None:
    flagged = 0 if confusion is None else confusion.true_anomalous + confusion.false_anomalous
    return None if confusion is None or not flagged else confusion.true_anomalous / flagged


def _scorer(scorer: ScorerDocument, table: ScoreTable, ids: list[str]) -> dict[str, Any]:
    return {
        "label": scorer.label,
        "scores": [_number(score) for score in _in_order(table.of_split("test"), ids)],
        "strategies": [_strategy(index + 1, strategy) for index, strategy in enumerate(scorer.strategies)],
    }


def _in_order(table: ScoreTable, ids: list[str]) -> npt.NDArray[np.float64]:
    rows = {str(identity): row for row, identity in enumerate(table.id)}
    return np.array([table.score[rows[identity]] if identity in rows else math.nan for identity in ids])


def _strategy(mark: int, strategy: StrategyDocument) -> dict[str, Any]:
    miss, alarm = (None, None) if strategy.confusion is None else rates(strategy.confusion)
    cut, review = strategy.cut, None
    if cut is not None and cut.review_from is not None:
        review = _number(float.fromhex(cut.review_from))
    return {
        "mark": mark,
        "label": strategy.label,
        "oracle": strategy.protocol == "oracle",
        "cut": None if cut is None else _number(exact(cut)),
        "review": review,
        "miss": miss,
        "alarm": alarm,
        "precision": _precision(strategy.confusion),
    }


def _number(value: float) -> float | str:
    """Write a float64 so that it reads back exactly."""
    if math.isnan(value):
        return "NaN"
    if math.isinf(value):
        return "Infinity" if value > 0 else "-Infinity"
    return float(value)
