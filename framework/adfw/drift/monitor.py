"""Watches a stream of scores, and says from which part on the process looks different."""

from __future__ import annotations

import math
from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from adfw.drift.exchangeability import ExchangeabilityTest
from adfw.drift.figures import ks_distance, ks_p_value, stability_index
from adfw.drift.rejects import RejectTest

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from adfw.drift.exchangeability import Alarm

WINDOW = 500
FEWEST = 20


@dataclass(frozen=True)
class DriftReport:
    """What a monitor knows.

    `evidence` is the larger of two capitals in units of their bar: 1 is an alarm. `ks` and `psi` compare the last 500
    passed scores with the calibration's, None below 20 of either; `ks_p` is the p-value of one look. `first_part` is
    the name of the first part from which the process looks different.
    """

    parts: int
    alarm: bool
    evidence: float
    sentence: str
    ks: float | None
    ks_p: float | None
    psi: float | None
    first_part: str | None


class DriftMonitor:
    """Fed with scores one by one; the chance that it ever alarms although nothing changed is at most `alpha`.

    `reference` holds the calibration scores, of normal images. Scores at or above `threshold` are rejects, and so is
    NaN: rejects are counted, since defects do not come from the distribution of normal parts, and all other scores are
    compared with the calibration scores below the threshold. Half of `alpha` guards the scores, half the rejects, of
    which up to the share `usual_rejects` are no change.
    """

    def __init__(
        self,
        reference: Sequence[float],
        threshold: float = math.inf,
        *,
        alpha: float = 0.01,
        usual_rejects: float = 0.05,
    ) -> None:
        if not (0 < alpha < 1 and 0 < usual_rejects < 1):
            raise ValueError(f"alpha and usual_rejects lie between 0 and 1, not {alpha} and {usual_rejects}")
        self.threshold, self.parts = threshold, 0
        self.reference = [score for score in reference if score < threshold]
        self._scores = ExchangeabilityTest(self.reference, alpha / 2)
        self._rejects = RejectTest(usual_rejects, alpha / 2)
        self._places: deque[int] = deque(maxlen=WINDOW)
        self._recent: deque[float] = deque(maxlen=WINDOW)
        self._alarm: tuple[Alarm, int] | None = None

    def add(self, score: float, name: str) -> None:
        """Take the score of the next part, NaN where it could not be scored."""
        self.parts += 1
        rejected = not score < self.threshold
        self._rejects.add(name, rejected=rejected)
        if not rejected:
            self._recent.append(score)
            self._scores.add(score, name)
        if self._alarm is None:
            for test in (self._scores, self._rejects):
                if test.alarm is not None:
                    self._alarm = (test.alarm, self.parts)

    @property
    def evidence(self) -> float:
        """The larger capital in units of its bar."""
        return max(test.wealth.value / test.bar for test in (self._scores, self._rejects))

    def report(self) -> DriftReport:
        """Return what is known now; an alarm stays."""
        enough = min(len(self.reference), len(self._recent)) >= FEWEST
        recent = np.array(self._recent)
        found = self._alarm[0] if self._alarm else None
        return DriftReport(
            self.parts,
            found is not None,
            self.evidence,
            self._sentence(),
            ks_distance(self.reference, recent) if enough else None,
            ks_p_value(self.reference, recent) if enough else None,
            stability_index(self.reference, recent) if enough else None,
            found.start.name if found else None,
        )

    def _sentence(self) -> str:
        if self._alarm is None:
            return f"No change is seen in {self.parts} parts." if self.parts else "No part was inspected yet."
        alarm, noticed = self._alarm
        what = alarm.what if "rejected" in alarm.what else f"scores are {alarm.what} the calibration's"
        return f"The process looks different from part {alarm.start.name} on: {what}. It was noticed at part {noticed}."


def find_drift(
    reference: Iterable[float],
    stream: Iterable[tuple[str, float]],
    *,
    threshold: float = math.inf,
    alpha: float = 0.01,
    usual_rejects: float = 0.05,
) -> DriftReport:
    """Compare a finished stream of (name, score), in its order, with calibration scores; see DriftMonitor."""
    monitor = DriftMonitor(list(reference), threshold, alpha=alpha, usual_rejects=usual_rejects)
    for name, score in stream:
        monitor.add(score, name)
    return monitor.report()
