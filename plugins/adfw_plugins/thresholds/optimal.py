"""Cuts at the maximum of an objective."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING, Literal

import numpy as np

from adfw import Choice, OperatingPoints, PointThreshold, Remarks, ThresholdTraits
from adfw_plugins.thresholds.exact import percent, unit_of, value_of, weighted, written

if TYPE_CHECKING:
    import numpy.typing as npt

    from adfw_plugins.thresholds.labelled import PrOptimalConfig, YoudenConfig


class PrOptimal(PointThreshold):
    """Largest F-beta score."""

    def __init__(self, config: PrOptimalConfig) -> None:
        self.placement, self.ties = config.placement, config.ties
        self.beta2 = written(config.beta) ** 2
        self.prevalence = None if config.prevalence is None else written(config.prevalence)

    def pick(self, points: OperatingPoints) -> Choice:
        """Maximise F = (1 + b2) TP / ((1 + b2) TP + b2 FN + FP), which is never 0 / 0; F is 0 where TP is."""
        objective = self.objective(points)
        index = points.best(objective, self.ties)
        return Choice(index, float(objective[index]))

    @property
    def traits(self) -> ThresholdTraits:
        """Return what holds: the objective is F-beta."""
        return ThresholdTraits(affine_equivariant=True, duplicate_invariant=True, objective=self.f_beta)

    def f_beta(self, tp: int, fp: int, fn: int, tn: int) -> float:
        """Return the F-beta score of counts, by its definition."""
        share, rest = Fraction(1), Fraction(1)
        if self.prevalence is not None:
            share, rest = self.prevalence / (tp + fn), (1 - self.prevalence) / (fp + tn)
        hits, others = (1 + self.beta2) * share * tp, self.beta2 * share * fn + rest * fp
        return float(hits / (hits + others)) if tp else 0.0

    def objective(self, points: OperatingPoints) -> npt.NDArray[np.float64]:
        """Return (M,) F-beta scores; a ratio of whole numbers, so that equal scores are equal floats."""
        hit, miss, alarm = 1 + self.beta2, self.beta2, Fraction(1)
        if self.prevalence is not None:
            share = self.prevalence / points.n_anomalous
            hit, miss, alarm = hit * share, miss * share, (1 - self.prevalence) / points.n_normal
        unit = unit_of([hit, miss, alarm])
        counts = [points.tp[-1:], points.tp, points.fp]  # FN is all anomalies but TP
        below = weighted([miss, hit - miss, alarm], counts, unit)
        return np.divide(weighted([hit], [points.tp], unit), below)

    def remarks(self, points: OperatingPoints, choice: Choice) -> Remarks:  # noqa: ARG002
        """Warn of a share of anomalies that no production line has."""
        share = points.n_anomalous / (points.n_anomalous + points.n_normal)
        if self.prevalence is not None or share < 0.2:
            return Remarks()
        text = f"{percent(share)} of the scores are anomalous: where fewer parts are, the cut rejects too many; "
        text += "state the prevalence"
        return Remarks(warnings=(text,))


class Youden(PointThreshold):
    """Largest TPR - FPR, or smallest FNR^2 + FPR^2."""

    def __init__(self, config: YoudenConfig) -> None:
        self.placement, self.ties, self.variant = config.placement, config.ties, config.variant

    @property
    def traits(self) -> ThresholdTraits:
        """Return what holds: the objective is a function of the two rates."""
        goal: Literal["highest", "lowest"] = "highest" if self.variant == "difference" else "lowest"
        return ThresholdTraits(affine_equivariant=True, duplicate_invariant=True, objective=self.of_rates, goal=goal)

    def of_rates(self, tp: int, fp: int, fn: int, tn: int) -> float:
        """Return TPR - FPR, or FNR^2 + FPR^2."""
        miss, alarm = Fraction(fn, tp + fn), Fraction(fp, fp + tn)
        return float(1 - miss - alarm if self.variant == "difference" else miss**2 + alarm**2)

    def pick(self, points: OperatingPoints) -> Choice:
        """Compare whole multiples of 1 / (N0 N1), or of its square."""
        hit, alarm = Fraction(1, points.n_anomalous), Fraction(1, points.n_normal)
        if self.variant == "difference":
            unit, sign = unit_of([hit, alarm]), 1
            objective = weighted([hit, -alarm], [points.tp, points.fp], unit)
        else:
            unit, sign = unit_of([hit**2, alarm**2]), -1
            objective = weighted([-(hit**2), -(alarm**2)], [points.fn**2, points.fp**2], unit)
        candidate = points.best(objective, self.ties)
        return Choice(candidate, sign * value_of(objective[candidate], unit))
