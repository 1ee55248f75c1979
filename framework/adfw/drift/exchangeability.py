"""A conformal test martingale: do new scores still mix with the calibration scores and with each other?

The p-value of a score is its randomised rank among all scores before it, calibration included; while scores are
exchangeable, p-values are independent and uniform (Vovk, Gammerman, Shafer: Algorithmic Learning in a Random World,
2005), whatever the distribution. Ranks among the calibration scores alone would not be independent: with few of them,
their own accidents would be alarmed sooner or later.
"""

from __future__ import annotations

import bisect
import random
from typing import TYPE_CHECKING, NamedTuple

from adfw.drift.wealth import Start, Wealth

if TYPE_CHECKING:
    from collections.abc import Sequence

EPOCH = 20_000
"""Scores that are kept to rank against; then ranks begin again from the calibration scores, at a higher bar."""
POWERS = (0.3, 0.6, 0.85)
DIRECTIONS = ("higher than", "lower than", "more spread out than", "less spread out than")
SMALLEST = 1e-12


class Alarm(NamedTuple):
    """That the process looks different, from which part on, and in which way."""

    start: Start
    what: str


class ExchangeabilityTest:
    """Fed with scores one by one; the chance that it ever alarms although nothing changed is at most `alpha`.

    An epoch of 20,000 scores has its share of alpha, 1 / (k (k + 1)) for the k-th.
    """

    def __init__(self, reference: Sequence[float], alpha: float, seed: int = 0) -> None:
        self.reference, self.alpha = sorted(reference), alpha
        self.alarm: Alarm | None = None
        self._random = random.Random(seed)
        self._epoch = 0
        self._begin()

    @property
    def bar(self) -> float:
        """The capital at which it alarms."""
        return self._epoch * (self._epoch + 1) / self.alpha

    def add(self, score: float, name: str) -> None:
        """Take the next score, which is not NaN."""
        if self.wealth.steps == EPOCH:
            self._begin()
        value = self.wealth.step(_factors(self._p_value(score)), name)
        if value >= self.bar and self.alarm is None:
            best = self.wealth.best()
            self.alarm = Alarm(self.wealth.starts[best], DIRECTIONS[best // len(POWERS)])

    def _begin(self) -> None:
        self._epoch += 1
        self._before = list(self.reference)
        self.wealth = Wealth(len(DIRECTIONS) * len(POWERS))

    def _p_value(self, score: float) -> float:
        """Return the share of scores above, and a random share of the equal ones, this one included."""
        low, high = bisect.bisect_left(self._before, score), bisect.bisect_right(self._before, score)
        above, equal, total = len(self._before) - high, high - low + 1, len(self._before) + 1
        self._before.insert(high, score)
        return (above + self._random.random() * equal) / total


def _factors(p_value: float) -> list[float]:
    """Return what each bet earns: power bets e u^(e - 1), of mean 1 for a uniform u, on four views of the p-value."""
    extreme = 2 * min(p_value, 1 - p_value)
    views = (p_value, 1 - p_value, extreme, 1 - extreme)
    return [power * max(view, SMALLEST) ** (power - 1) for view in views for power in POWERS]
