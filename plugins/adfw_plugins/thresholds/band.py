"""Two cuts with a band between them that is sent to a human."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from adfw import Choice, OperatingPoints, PointThreshold, Remarks, ThresholdTraits
from adfw_plugins.thresholds.exact import unit_of, value_of, weighted, written

if TYPE_CHECKING:
    from adfw_plugins.thresholds.labelled import RejectBandConfig


class RejectBand(PointThreshold):
    """Lowest expected cost of passing below a, referring from a to b, and rejecting from b on.

    R(a, b) = A(a) + B(b) with A(a) = pi (c_fn - c_ref) FNR(a) + (1 - pi) c_ref FPR(a) and
    B(b) = pi c_ref FNR(b) + (1 - pi) (c_fp - c_ref) FPR(b), so that the best a <= b for every b is a running minimum.
    """

    def __init__(self, config: RejectBandConfig) -> None:
        self.placement, self.ties = config.placement, config.ties
        self.miss, self.alarm = written(config.false_negative), written(config.false_positive)
        self.referral, self.prevalence = written(config.referral), written(config.prevalence)

    @property
    def traits(self) -> ThresholdTraits:
        """Return what holds."""
        return ThresholdTraits(affine_equivariant=True, duplicate_invariant=True)

    def pick(self, points: OperatingPoints) -> Choice:
        """Minimise over both cuts; the band is as narrow as the minimum allows."""
        bad, good = self.prevalence / points.n_anomalous, (1 - self.prevalence) / points.n_normal
        low = [bad * (self.miss - self.referral), good * self.referral]
        high = [bad * self.referral, good * (self.alarm - self.referral)]
        unit = unit_of([*low, *high])
        counts = [points.fn, points.fp]
        below, above = weighted(low, counts, unit), weighted(high, counts, unit)
        cheapest = np.minimum.accumulate(below[::-1])[::-1]
        loss = above + cheapest
        candidate = points.best(-loss, self.ties)
        review = candidate + int(np.argmax(below[candidate:] == cheapest[candidate]))
        return Choice(candidate, value_of(loss[candidate], unit), review if review > candidate else None)

    def remarks(self, points: OperatingPoints, choice: Choice) -> Remarks:
        """State the share of these scores that goes to review, or why none does."""
        if choice.review is None:
            return Remarks(warnings=("no part is sent to review: a referral costs more than it saves",))
        bad, good = (
            int(count[choice.review] - count[choice.candidate]) / int(count[-1]) for count in (points.tp, points.fp)
        )
        prevalence = float(self.prevalence)
        return Remarks(parameters={"review_share": prevalence * bad + (1 - prevalence) * good})
