"""Strategies applied by a protocol: every fold fitted, every test row decided by cuts that have not seen it."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from adfw.errors import InvalidScores, ThresholdNotIdentifiable
from adfw.thresholds.contracts import PointThreshold
from adfw.thresholds.decision import verdict_codes
from adfw.thresholds.points import OperatingPoints
from adfw.thresholds.protocols import by_row, make_plan, resolve_protocol

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy.typing as npt

    from adfw.interfaces import Cut, Threshold
    from adfw.scores import ScoreTable
    from adfw.thresholds.protocols import Plan

NotFitted = ThresholdNotIdentifiable | InvalidScores


class Applied(NamedTuple):
    """One strategy on one table: the cut to ship, and a verdict, as a position in `VERDICTS`, for each decided row."""

    plan: Plan
    cut: Cut
    rows: npt.NDArray[np.intp]
    codes: npt.NDArray[np.int8]


def apply_strategies(
    thresholds: Sequence[Threshold], table: ScoreTable, protocol: str, seed: int
) -> list[Applied | NotFitted]:
    """Fit every fold and decide its rows; a strategy that cannot be fitted is answered by its error.

    Under cross_fit a row is decided by the median of its cuts over the repeats, none of which has seen it; so that
    every image counts once, and repeats make the decision steadier instead of making the intervals narrower.
    """
    answers: dict[int, Applied | NotFitted] = {}
    sharing: dict[str, list[int]] = defaultdict(list)
    for index, threshold in enumerate(thresholds):
        try:
            sharing[resolve_protocol(table, threshold.needs, protocol)].append(index)
        except ThresholdNotIdentifiable as error:
            answers[index] = error
    for members in sharing.values():
        chosen = [thresholds[index] for index in members]
        try:
            plan = make_plan(table, chosen[0].needs, protocol, seed)
        except ThresholdNotIdentifiable as error:
            answers |= dict.fromkeys(members, error)
            continue
        answers |= dict(zip(members, _apply(chosen, table, plan), strict=True))
    return [answers[index] for index in range(len(thresholds))]


def fit_rows(thresholds: Sequence[Threshold], table: ScoreTable, rows: npt.NDArray[np.intp]) -> list[Cut | NotFitted]:
    """Fit strategies to some rows; they share the sorting."""
    scores, labels, defects = table.score[rows], table.label[rows], table.defect[rows]
    unfit = np.isneginf(scores)
    if unfit.any():
        reason = f"{int(unfit.sum())} scores are -inf ({_few(table.id[rows][unfit])})"
        error = InvalidScores(f"{reason}; score these images again or leave them out")
        return [error] * len(thresholds)
    points: OperatingPoints | None = None
    cuts: list[Cut | NotFitted] = []
    for threshold in thresholds:
        try:
            if isinstance(threshold, PointThreshold) and not threshold.tells_defects:
                points = OperatingPoints.of(scores, labels) if points is None else points
                cuts.append(threshold.fit_points(points))
            else:
                cuts.append(threshold.fit_defects(scores, labels, defects))
        except (ThresholdNotIdentifiable, InvalidScores) as error:
            cuts.append(error)
    return cuts


def _apply(thresholds: Sequence[Threshold], table: ScoreTable, plan: Plan) -> list[Applied | NotFitted]:
    folded = [[fit_rows(thresholds, table, fold.fit) for fold in repeat] for repeat in plan.repeats]
    shipped = fit_rows(thresholds, table, plan.ship)
    answers: list[Applied | NotFitted] = []
    for index, cut in enumerate(shipped):
        found = [[cuts[index] for cuts in repeat] for repeat in folded]
        errors = [fit for fit in (cut, *(fit for repeat in found for fit in repeat)) if isinstance(fit, Exception)]
        answers.append(errors[0] if errors else _decided(table, plan, cut, found))  # type: ignore[arg-type]
    return answers


def _decided(table: ScoreTable, plan: Plan, shipped: Cut, found: list[list[Cut]]) -> Applied:
    rows = np.sort(np.concatenate([fold.decided for fold in plan.repeats[0]]))
    values = np.empty((len(plan.repeats), len(rows)))
    reviews = values if all(cut.review_from is None for cuts in found for cut in cuts) else values.copy()
    for repeat, (folds, cuts) in enumerate(zip(plan.repeats, found, strict=True)):
        values[repeat] = by_row(folds, [cut.value for cut in cuts])
        if reviews is not values:
            froms = [cut.value if cut.review_from is None else cut.review_from for cut in cuts]
            reviews[repeat] = by_row(folds, froms)
    middle = len(values) // 2
    value = np.partition(values, middle, axis=0)[middle]
    review = None if reviews is values else np.partition(reviews, middle, axis=0)[middle]
    codes = verdict_codes(table.score[rows], value, review)
    return Applied(plan, _remarked(shipped, table, [cut.value for cuts in found for cut in cuts], plan), rows, codes)


def _remarked(cut: Cut, table: ScoreTable, values: list[float], plan: Plan) -> Cut:
    """Note on the shipped cut how far the cuts of the folds lie apart, and which images could not be fitted on."""
    spread = {}
    if plan.protocol == "cross_fit" and np.isfinite(values).all():
        spread = {"fold_cut_min": min(values), "fold_cut_max": max(values)}
    missing = np.isnan(table.score)
    warnings = cut.warnings
    if plan.protocol != "none" and missing.any():
        warnings += (
            f"{int(missing.sum())} images without a score were left out of the fit: {_few(table.id[missing])}",
        )
    if (drawn := int((table.split[plan.ship] == "synthetic").sum())) > 0:
        warnings += (
            f"validity: synthetic. {drawn} of the {cut.n_anomalous} anomalous scores fitted on are of defects that were"
            " drawn; what the cut catches of real ones is known from the test images alone",
        )
    return replace(cut, parameters={**cut.parameters, **spread}, warnings=warnings)


def _few(names: npt.NDArray[np.str_]) -> str:
    return ", ".join(names[:5].tolist()) + (", ..." if len(names) > 5 else "")
