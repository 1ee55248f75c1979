"""How far a cut would move had other images been drawn: 95 % intervals."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
from scipy.special import bdtr

from adfw.thresholds.contracts import EstimatesQuantile
from adfw.thresholds.resampling import bootstrap_cuts

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy.typing as npt

    from adfw.interfaces import Threshold
    from adfw.scores import ScoreTable

Interval = tuple[float, float]
TAIL = 0.025


def cut_intervals(
    thresholds: Sequence[Threshold], table: ScoreTable, draws: int, seed: int = 0
) -> list[Interval | None]:
    """Return the interval of each strategy's cut, fitted on a table without NaN; None where nothing is fitted.

    Cuts that estimate a quantile get the exact interval of binomial ranks, which may end at infinity; the percentile
    bootstrap covers too little there. All others are fitted again on bootstrap draws.
    """
    intervals: list[Interval | None] = [None] * len(thresholds)
    drawn = []
    for index, threshold in enumerate(thresholds):
        if threshold.needs == "none":
            continue
        if isinstance(threshold, EstimatesQuantile) and table.group is None:
            counts = [int((table.label == label).sum()) for label in (0, 1)]
            label, level = threshold.quantile(*counts)
            intervals[index] = rank_interval(table.score[table.label == label], level)
        else:
            drawn.append(index)
    if drawn:
        cuts = bootstrap_cuts([thresholds[index] for index in drawn], table, draws, seed)
        for index, row in zip(drawn, cuts, strict=True):
            intervals[index] = _ends(row)
    return intervals


def rank_interval(scores: npt.NDArray[np.float64], level: float) -> Interval:
    """Return the order statistics between which, with 95 % confidence, the distribution's quantile lies."""
    ascending = np.sort(scores)
    n = len(ascending)
    below = bdtr(np.arange(n + 1), n, level)
    low = int(np.searchsorted(below, TAIL, side="right"))  # ranks l with P(Bin <= l - 1) <= TAIL
    high = int(np.searchsorted(below, 1 - TAIL, side="left")) + 1
    return (
        float(ascending[low - 1]) if low else -math.inf,
        float(ascending[high - 1]) if high <= n else math.inf,
    )


def _ends(cuts: npt.NDArray[np.float64]) -> Interval:
    """Return two of the sorted cuts; no interpolation, which cannot bear infinities."""
    ascending = np.sort(cuts)
    outside = math.floor(TAIL * len(ascending))
    return float(ascending[outside]), float(ascending[len(ascending) - 1 - outside])
