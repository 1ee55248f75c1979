"""The cut with the lowest expected cost, or with the smallest worst regret."""

from __future__ import annotations

from fractions import Fraction
from itertools import chain, product
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from adfw import Choice, OperatingPoints, PointThreshold, Remarks, ThresholdNotIdentifiable, ThresholdTraits
from adfw_plugins.thresholds.exact import percent, unit_of, value_of, weighted, written

if TYPE_CHECKING:
    import numpy.typing as npt

    from adfw_plugins.thresholds.labelled import CostWeightedConfig


class Condition(NamedTuple):
    """One operating condition: costs and prevalence."""

    miss: Fraction
    alarm: Fraction
    prevalence: Fraction


class CostWeighted(PointThreshold):
    """Lowest R(t) = pi [sum_k w_k c_k FNR_k + c_tp TPR] + (1 - pi) [c_fp FPR + c_tn (1 - FPR)]."""

    def __init__(self, config: CostWeightedConfig) -> None:
        self.placement, self.ties = config.placement, config.ties
        ends = (_ends(config.false_negative), _ends(config.false_positive), _ends(config.prevalence))
        self.conditions = [Condition(*corner) for corner in product(*ends)]
        self.hit, self.right = written(config.true_positive), written(config.true_negative)
        self.by_defect = {name: written(cost) for name, cost in config.by_defect.items()}
        self.shares = {name: written(share) for name, share in config.shares.items()}
        self.tells_defects = bool(self.by_defect or self.shares)

    @property
    def traits(self) -> ThresholdTraits:
        """Return what holds; a single condition without types of defects is a function of the counts."""
        if len(self.conditions) > 1 or self.tells_defects:
            return ThresholdTraits(affine_equivariant=True, duplicate_invariant=True)
        return ThresholdTraits(
            affine_equivariant=True,
            duplicate_invariant=True,
            objective=self.expected_cost,
            goal="lowest",
            monotone={"false_negative": "lowers", "false_positive": "raises", "prevalence": "lowers"},
        )

    def expected_cost(self, tp: int, fp: int, fn: int, tn: int) -> float:
        """Return R of counts, by its definition."""
        (miss, alarm, prevalence) = self.conditions[0]
        bad = (miss * fn + self.hit * tp) / (tp + fn)
        return float(prevalence * bad + (1 - prevalence) * (alarm * fp + self.right * tn) / (fp + tn))

    def pick(self, points: OperatingPoints) -> Choice:
        """Minimise the cost, or over ranges the worst regret.

        For a given cut and rival the regret is linear in (pi c_fn, (1 - pi) c_fp), whose range is the convex hull of
        its corners; so the worst regret is at one of them.
        """
        if len(self.conditions) > 1:
            regret, unit = self.worst_regret(points)
            index = points.best(-regret, self.ties)
            return Choice(index, value_of(regret[index], unit))
        weights = self.weights(points, self.conditions[0])
        unit = unit_of(weights)
        loss = weighted(weights, self._counts(points), unit)
        index = points.best(-loss, self.ties)
        return Choice(index, value_of(loss[index], unit) + self._constant(self.conditions[0]))

    def worst_regret(self, points: OperatingPoints) -> tuple[npt.NDArray[np.int64] | npt.NDArray[np.float64], Fraction]:
        """Return (M,) worst regrets, in units of the returned fraction."""
        weights = [self.weights(points, condition) for condition in self.conditions]
        unit = unit_of(chain(*weights))
        losses = [weighted(corner, self._counts(points), unit) for corner in weights]
        return np.max([loss - loss.min() for loss in losses], axis=0), unit

    def weights(self, points: OperatingPoints, condition: Condition) -> list[Fraction]:
        """Return the cost of one miss, of each type where types are told apart, and of one false alarm."""
        alarm = (1 - condition.prevalence) * (condition.alarm - self.right) / points.n_normal
        if not self.tells_defects:
            return [condition.prevalence * (condition.miss - self.hit) / points.n_anomalous, alarm]
        misses = []
        for name, tp in points.tp_by_defect.items():
            share = self.shares.get(name, Fraction(0)) if self.shares else Fraction(int(tp[-1]), points.n_anomalous)
            miss = self.by_defect.get(name, condition.miss) - self.hit
            misses.append(condition.prevalence * share * miss / int(tp[-1]))
        return [*misses, alarm]

    def remarks(self, points: OperatingPoints, choice: Choice) -> Remarks:
        """Compare with passing and with rejecting everything, and bound what an unseen miss may cost."""
        warnings = []
        missed = int(points.fn[choice.candidate])
        if missed == 0:
            bound = 1 - 0.05 ** (1 / points.n_anomalous)
            warnings.append(
                f"none of {points.n_anomalous} anomalous scores is missed; the miss rate may still be {percent(bound)} "
                f"(95 % confidence)"
            )
        if missed == points.n_anomalous or int(points.fp[choice.candidate]) == points.n_normal:
            policy = "passing" if missed == points.n_anomalous else "rejecting"
            warnings.append(f"no cut costs less than {policy} every part: these scores do not earn their keep")
        return Remarks(warnings=tuple(warnings))

    def _counts(self, points: OperatingPoints) -> list[npt.NDArray[np.int64]]:
        if not self.tells_defects:
            return [points.fn, points.fp]
        wanted = (self.shares or self.by_defect).keys()
        if unseen := sorted(wanted - points.tp_by_defect.keys()):
            raise ThresholdNotIdentifiable(
                f"it takes at least 1 anomalous score of the type {unseen[0]!r}; there are 0"
            )
        return [*(tp[-1] - tp for tp in points.tp_by_defect.values()), points.fp]

    def _constant(self, condition: Condition) -> float:
        return float(condition.prevalence * self.hit + (1 - condition.prevalence) * self.right)


def _ends(number: float | tuple[float, float]) -> list[Fraction]:
    low, high = number if isinstance(number, tuple) else (number, number)
    return [written(low)] if low == high else [written(low), written(high)]
