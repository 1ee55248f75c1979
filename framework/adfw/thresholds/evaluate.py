"""One strategy on one score table: fitted by a protocol, applied to the test rows, measured and priced."""

from __future__ import annotations

import hashlib
import math
from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from adfw.errors import InvalidScores, ThresholdNotIdentifiable
from adfw.evaluation import classification
from adfw.report.document import StrategyDocument
from adfw.thresholds.decision import VERDICTS, verdict_codes
from adfw.thresholds.documents import cut_to_document
from adfw.thresholds.intervals import cut_intervals
from adfw.thresholds.leakage import leakage
from adfw.thresholds.pricing import cost_per_1000
from adfw.thresholds.protocols import make_plan

if TYPE_CHECKING:
    import numpy.typing as npt

    from adfw.component import Component
    from adfw.evaluation import Figure
    from adfw.interfaces import Cut, Threshold
    from adfw.scores import ScoreTable
    from adfw.thresholds.costs import Costs
    from adfw.thresholds.protocols import Plan


DRAWS = 1000
"""Bootstrap draws behind the interval of a cut."""


class Applied(NamedTuple):
    """A strategy applied by a protocol: the cut to ship, and a verdict for each decided row of the table."""

    plan: Plan
    cut: Cut
    rows: npt.NDArray[np.intp]
    verdicts: npt.NDArray[np.str_]


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
    label, config, threshold = strategy.label(), strategy.model_dump(mode="json"), strategy.build()
    try:
        _refuse_foreign(strategy, scorer)
        applied = apply_strategy(threshold, table, protocol, seed)
    except (ThresholdNotIdentifiable, InvalidScores) as error:
        return StrategyDocument(
            label=label, config=config, protocol=protocol, leakage="none", cut=None, problem=f"{label}: {error}"
        )
    decided = table.where(applied.rows)
    confusion, figures, recalls = classification(decided.label, applied.verdicts, decided.defect)
    if costs is not None:
        figures["cost_per_1000"] = cost_per_1000(confusion, costs, seed)
    fitted = table.where(applied.plan.ship)
    [interval] = cut_intervals([threshold], fitted, draws, seed)
    leak = leakage(table, applied.plan, contents)
    return StrategyDocument(
        label=label,
        config=config,
        protocol=applied.plan.protocol,
        leakage=leak,
        cut=cut_to_document(applied.cut),
        cut_interval=None if interval is None else (_finite(interval[0]), _finite(interval[1])),
        confusion=confusion,
        figures=_named(figures, oracle=leak == "in_sample"),
        recall_by_defect=recalls,
        fit_digest=_digest(fitted),
    )


def ship_cut(strategy: Component[Threshold], table: ScoreTable, protocol: str = "auto", seed: int = 0) -> Cut:
    """Return the cut of a strategy fitted on all that the protocol allows.

    Raises ThresholdNotIdentifiable or InvalidScores where there is none.
    """
    threshold = strategy.build()
    return _fit(threshold, table, make_plan(table, threshold.needs, protocol, seed).ship)


def apply_strategy(threshold: Threshold, table: ScoreTable, protocol: str, seed: int) -> Applied:
    """Fit every fold and decide its rows.

    Under cross_fit a row is decided by the median of its cuts over the repeats, none of which has seen it; so that
    every image counts once, and repeats make the decision steadier instead of making the intervals narrower.
    """
    plan = make_plan(table, threshold.needs, protocol, seed)
    rows = np.sort(np.concatenate([fold.decided for fold in plan.repeats[0]]))
    values = np.full((len(plan.repeats), len(table)), np.nan)
    reviews = values.copy()
    for repeat, folds in enumerate(plan.repeats):
        for fold in folds:
            cut = _fit(threshold, table, fold.fit)
            values[repeat, fold.decided] = cut.value
            reviews[repeat, fold.decided] = cut.value if cut.review_from is None else cut.review_from
    middle = len(plan.repeats) // 2
    value, review = np.sort(values[:, rows], axis=0)[middle], np.sort(reviews[:, rows], axis=0)[middle]
    verdicts = VERDICTS[verdict_codes(table.score[rows], value, review)]
    shipped = _remarked(_fit(threshold, table, plan.ship), table, values[:, rows], plan)
    return Applied(plan, shipped, rows, verdicts)


def _refuse_foreign(strategy: Component[Threshold], scorer: str | None) -> None:
    wanted = getattr(strategy, "scorer", None)
    if scorer is not None and wanted not in {None, scorer}:
        raise ThresholdNotIdentifiable(f"its value belongs to scores of {wanted}; these are scores of {scorer}")


def _fit(threshold: Threshold, table: ScoreTable, rows: npt.NDArray[np.intp]) -> Cut:
    scores = table.score[rows]
    unfit = np.isneginf(scores)
    if unfit.any():
        names = _few(table.id[rows][unfit])
        raise InvalidScores(f"{int(unfit.sum())} scores are -inf ({names}); score these images again or leave them out")
    return threshold.fit_defects(scores, table.label[rows], table.defect[rows])


def _remarked(cut: Cut, table: ScoreTable, values: npt.NDArray[np.float64], plan: Plan) -> Cut:
    """Note on the shipped cut how far the cuts of the folds lie apart, and which images could not be fitted on."""
    spread = {}
    if plan.protocol == "cross_fit" and np.isfinite(values).all():
        spread = {"fold_cut_min": float(values.min()), "fold_cut_max": float(values.max())}
    missing = np.isnan(table.score)
    warnings = cut.warnings
    if plan.protocol != "none" and missing.any():
        warnings += (
            f"{int(missing.sum())} images without a score were left out of the fit: {_few(table.id[missing])}",
        )
    return replace(cut, parameters={**cut.parameters, **spread}, warnings=warnings)


def _named(figures: dict[str, Figure], *, oracle: bool) -> dict[str, Figure]:
    return {f"oracle_{name}" if oracle else name: figure for name, figure in figures.items()}


def _finite(end: float) -> float | None:
    """Return an end of an interval as JSON can hold it: None where it lies at infinity."""
    return end if math.isfinite(end) else None


def _digest(table: ScoreTable) -> str:
    if len(table) == 0:
        return ""
    order = np.argsort(table.id, kind="stable")
    digest = hashlib.sha256("\n".join(table.id[order].tolist()).encode())
    digest.update(table.score[order].astype("<f8").tobytes())
    return digest.hexdigest()


def _few(names: npt.NDArray[np.str_]) -> str:
    return ", ".join(names[:5].tolist()) + (", ..." if len(names) > 5 else "")
