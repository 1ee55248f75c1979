"""Cuts that keep a rate: of recall, of false alarms, of precision."""

from __future__ import annotations

from math import ceil, floor
from typing import TYPE_CHECKING, ClassVar, Literal

import numpy as np
from scipy.special import betaincinv

from adfw import Choice, OperatingPoints, PointThreshold, Quantile, Remarks, ThresholdNotIdentifiable, ThresholdTraits
from adfw_plugins.thresholds.exact import percent, unit_of, weighted, written
from adfw_plugins.thresholds.ranks import pac_rank

if TYPE_CHECKING:
    from adfw_plugins.thresholds.labelled import PrecisionAtLeastConfig, RecallAtLeastConfig
    from adfw_plugins.thresholds.normal import FprAtMostConfig


class FprAtMost(PointThreshold):
    """min{c: FPR(c) <= rate}; +inf always qualifies."""

    needs: ClassVar[Literal["normal_scores"]] = "normal_scores"
    min_anomalies: ClassVar[int] = 0

    def __init__(self, config: FprAtMostConfig) -> None:
        self.config = config
        self.placement = "lower" if config.certified else "midpoint"

    @property
    def expected_failures(self) -> dict[str, str]:
        """Say which check of the conformance kit does not hold, and why."""
        reason = "its candidates are all the scores it is given, so that anomalous ones move the cut in its gap"
        return {} if self.config.certified else {"needs_true": reason}

    @property
    def traits(self) -> ThresholdTraits:
        """Return what holds; a certificate is kept on new normal scores."""
        kept = (self.config.rate, self.config.confidence) if self.config.certified else None
        return ThresholdTraits(affine_equivariant=True, false_alarms=kept, monotone={"rate": "lowers"})

    def pick(self, points: OperatingPoints) -> Choice:
        """Allow as many false alarms as the rate, or its certificate, does."""
        candidate = int(np.searchsorted(points.fp, self._allowed(points.n_normal), side="right")) - 1
        return Choice(candidate, int(points.fp[candidate]) / points.n_normal)

    def quantile(self, n_normal: int, n_anomalous: int) -> Quantile:  # noqa: ARG002
        """Return the quantile of the normal scores below the cut."""
        return Quantile(
            0, 1 - (self._allowed(n_normal) + 1) / (n_normal + 1) if self.config.certified else 1 - self.config.rate
        )

    def remarks(self, points: OperatingPoints, choice: Choice) -> Remarks:
        """State the recall at this rate of false alarms."""
        hits = {"recall_at_cut": int(points.tp[choice.candidate]) / points.n_anomalous} if points.n_anomalous else {}
        promise = ""
        if self.config.certified:
            promise = (
                f"with {percent(self.config.confidence)} confidence at most {percent(self.config.rate)} of "
                f"new normal parts are flagged, if they come from where these {points.n_normal} came from"
            )
        return Remarks(promise, (), hits)

    def _allowed(self, n: int) -> int:
        if self.config.certified:
            return n - pac_rank(n, self.config.rate, self.config.confidence, "normal")
        return floor(written(self.config.rate) * n)


class RecallAtLeast(PointThreshold):
    """max{c: TPR(c) >= rate}, the ceil(rate N1)-th largest anomalous score.

    Certified, the cut is that score itself: what the order statistic promises holds at it and below.
    """

    min_normals: ClassVar[int] = 0

    def __init__(self, config: RecallAtLeastConfig) -> None:
        self.config = config
        self.placement = "upper" if config.certified else "midpoint"

    @property
    def traits(self) -> ThresholdTraits:
        """Return what holds."""
        return ThresholdTraits(affine_equivariant=True, monotone={"rate": "lowers"})

    def pick(self, points: OperatingPoints) -> Choice:
        """Catch as many anomalies as the rate, or its certificate, asks."""
        candidate = int(np.searchsorted(points.tp, self._needed(points.n_anomalous), side="left"))
        return Choice(candidate, int(points.tp[candidate]) / points.n_anomalous)

    def quantile(self, n_normal: int, n_anomalous: int) -> Quantile:  # noqa: ARG002
        """Return the quantile of the anomalous scores at the cut."""
        return Quantile(
            1, 1 - (self._needed(n_anomalous) / (n_anomalous + 1) if self.config.certified else self.config.rate)
        )

    def remarks(self, points: OperatingPoints, choice: Choice) -> Remarks:
        """State the false alarms that this recall costs."""
        alarms = int(points.fp[choice.candidate])
        cost = {"false_alarm_rate_at_cut": alarms / points.n_normal} if points.n_normal else {}
        promise = ""
        if self.config.certified:
            promise = (
                f"with {percent(self.config.confidence)} confidence at least {percent(self.config.rate)} of "
                f"new defective parts are caught, if they come from where these {points.n_anomalous} came from"
            )
        return Remarks(promise, (), cost)

    def _needed(self, n: int) -> int:
        if self.config.certified:
            return pac_rank(n, 1 - self.config.rate, self.config.confidence, "anomalous")
        return ceil(written(self.config.rate) * n)


class PrecisionAtLeast(PointThreshold):
    """min{c: TP(c) > 0 and precision(c) >= rate at the stated prevalence}."""

    def __init__(self, config: PrecisionAtLeastConfig) -> None:
        self.config = config
        self.rate, self.prevalence = written(config.rate), written(config.prevalence)
        self.placement = "lower" if config.certified else "midpoint"

    @property
    def traits(self) -> ThresholdTraits:
        """Return what holds."""
        return ThresholdTraits(affine_equivariant=True, monotone={"rate": "raises"})

    def pick(self, points: OperatingPoints) -> Choice:
        """Take the lowest candidate that qualifies; raises ThresholdNotIdentifiable with the best there is."""
        candidate = self._certified(points) if self.config.certified else self._plain(points)
        hits, alarms = int(points.tp[candidate]), int(points.fp[candidate])
        return Choice(candidate, self._at(hits / points.n_anomalous, alarms / points.n_normal))

    def remarks(self, points: OperatingPoints, choice: Choice) -> Remarks:  # noqa: ARG002
        """Promise what is certified."""
        if not self.config.certified:
            return Remarks()
        return Remarks(
            f"with {percent(self.config.confidence)} confidence at least {percent(self.config.rate)} of flagged "
            f"parts are defective where {percent(self.config.prevalence)} of all parts are"
        )

    def _plain(self, points: OperatingPoints) -> int:
        hit = self.prevalence * (1 - self.rate) / points.n_anomalous
        alarm = -self.rate * (1 - self.prevalence) / points.n_normal
        surplus = weighted([hit, alarm], [points.tp, points.fp], unit_of([hit, alarm]))
        enough = np.flatnonzero((surplus >= 0) & (points.tp > 0))
        if len(enough) == 0:
            best = float(self._precision(points).max())
            raise ThresholdNotIdentifiable(
                f"no cut has a precision of {self.config.rate:g} at a prevalence of {self.config.prevalence:g}; "
                f"the best has {best:.4g}"
            )
        return int(enough[-1])

    def _certified(self, points: OperatingPoints) -> int:
        """Test cuts above preset ranks of the normal scores, each at its share of the error (Learn-then-Test).

        The ranks depend on the normal scores alone, so that both of a cut's bounds are exact (Clopper-Pearson and its
        order-statistic twin) and the union bound over the ranks does the rest. Angelopoulos et al., arXiv 2110.01052.
        """
        n, best = points.n_normal, 0.0
        allowed = [0, *(2**power - 1 for power in range(1, n.bit_length()))]
        error = (1 - self.config.confidence) / (2 * len(allowed))
        for above in reversed(allowed):
            candidate = int(np.searchsorted(points.fp, above, side="right")) - 1
            hits = int(points.tp[candidate])
            if hits:
                recall = float(betaincinv(hits, points.n_anomalous - hits + 1, error))
                alarm = float(betaincinv(above + 1, n - above, 1 - error))
                best = max(best, self._at(recall, alarm))
                if self._at(recall, alarm) >= self.config.rate:
                    return candidate
        raise ThresholdNotIdentifiable(
            f"{n} normal and {points.n_anomalous} anomalous scores certify a precision of {best:.4g} at most, not of "
            f"{self.config.rate:g}; it takes more of both"
        )

    def _precision(self, points: OperatingPoints) -> np.ndarray:
        recall, alarm = points.tp / points.n_anomalous, points.fp / points.n_normal
        hits = self.config.prevalence * recall
        return np.divide(hits, hits + (1 - self.config.prevalence) * alarm, out=np.zeros_like(hits), where=hits > 0)

    def _at(self, recall: float, alarm: float) -> float:
        hits = self.config.prevalence * recall
        return hits / (hits + (1 - self.config.prevalence) * alarm)
