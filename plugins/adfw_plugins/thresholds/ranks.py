"""Cuts just above an order statistic of the normal scores."""

from __future__ import annotations

from bisect import bisect_left
from fractions import Fraction
from math import ceil, floor, log
from typing import TYPE_CHECKING

from scipy.special import bdtr, betaincinv

from adfw import Quantile, RankThreshold, Remarks, ThresholdNotIdentifiable, ThresholdTraits
from adfw_plugins.thresholds.exact import percent, written

if TYPE_CHECKING:
    from adfw_plugins.thresholds.normal import Method

HALF = Fraction(1, 2)


class Percentile(RankThreshold):
    """The q-quantile by one of numpy's methods."""

    def __init__(self, q: float, method: Method) -> None:
        self.q, self.method = written(q), method

    @property
    def traits(self) -> ThresholdTraits:
        """Return what holds."""
        return ThresholdTraits(affine_equivariant=True, monotone={"q": "raises"})

    def position(self, n: int) -> Fraction:
        """Return the quantile's position, within 1 to n."""
        return min(max(_position(n, self.q, self.method), Fraction(1)), Fraction(n))

    def quantile(self, n_normal: int, n_anomalous: int) -> Quantile:  # noqa: ARG002
        """Return the quantile that was asked for."""
        return Quantile(0, float(self.q))

    def remarks(self, n: int, position: Fraction | None) -> Remarks:
        """State the false-alarm rate that exchangeable parts keep, and that of evenly spaced scores."""
        rate, needed = 1 - self.q, ceil(1 / (1 - self.q)) - 1
        position = self.position(n)
        promise = (
            f"at most {percent(1 - Fraction(floor(position), n + 1))} of new normal parts are flagged, on average "
            f"over sets of {n} calibration images, if parts and images are exchangeable"
        )
        few = f"{n} normal scores cannot keep a false-alarm rate of {percent(rate)}: it takes {needed}"
        expected = {"expected_false_alarm_rate": float(1 - position / (n + 1))}
        return Remarks(promise, (few,) if n < needed else (), expected)


class Conformal(RankThreshold):
    """Rank k = ceil((n + 1)(1 - alpha)) of the normal scores."""

    def __init__(self, alpha: float) -> None:
        self.alpha = written(alpha)

    @property
    def traits(self) -> ThresholdTraits:
        """Return what holds; the rate is kept on average over calibration sets."""
        kept = (float(self.alpha), None)
        return ThresholdTraits(affine_equivariant=True, false_alarms=kept, monotone={"alpha": "lowers"})

    def position(self, n: int) -> Fraction | None:
        """Return the rank, or None where it lies beyond the scores."""
        rank = ceil((n + 1) * (1 - self.alpha))
        return Fraction(rank) if rank <= n else None

    def quantile(self, n_normal: int, n_anomalous: int) -> Quantile:  # noqa: ARG002
        """Return the quantile the rank estimates."""
        return Quantile(0, float(1 - self.alpha))

    def remarks(self, n: int, position: Fraction | None) -> Remarks:
        """Promise the rate on average over calibration sets, and say what this one may make of it."""
        promise = (
            f"a new normal part is flagged with probability at most {percent(self.alpha)}, on average over sets of "
            f"{n} calibration images, if parts and images are exchangeable"
        )
        if position is None:
            needed = ceil(1 / self.alpha) - 1
            return Remarks(promise, (f"nothing is flagged: {n} normal scores are too few, it takes {needed}",))
        rank = int(position)
        upper = float(betaincinv(n + 1 - rank, rank, 0.95))
        return Remarks(promise, (), {"rank": rank, "rate_upper_95": upper})


class PacConformal(RankThreshold):
    """Smallest rank k with P(Bin(n, 1 - alpha) <= k - 1) >= confidence."""

    def __init__(self, alpha: float, confidence: float) -> None:
        self.alpha, self.confidence = alpha, confidence

    @property
    def traits(self) -> ThresholdTraits:
        """Return what holds; the rate is kept with confidence."""
        return ThresholdTraits(
            affine_equivariant=True,
            false_alarms=(self.alpha, self.confidence),
            monotone={"alpha": "lowers", "confidence": "raises"},
        )

    def position(self, n: int) -> Fraction:
        """Return the rank."""
        return Fraction(pac_rank(n, self.alpha, self.confidence, "normal"))

    def quantile(self, n_normal: int, n_anomalous: int) -> Quantile:  # noqa: ARG002
        """Return the quantile the rank lies at, which is above 1 - alpha."""
        return Quantile(0, float(self.position(n_normal) / (n_normal + 1)))

    def remarks(self, n: int, position: Fraction | None) -> Remarks:
        """Promise the rate with confidence."""
        promise = (
            f"with {percent(self.confidence)} confidence at most {percent(self.alpha)} of new normal parts are "
            f"flagged, if they come from where the {n} calibration images came from"
        )
        return Remarks(promise, (), {"rank": 0 if position is None else int(position)})


def pac_rank(n: int, alpha: float, confidence: float, kind: str) -> int:
    """Return the smallest k such that with confidence at most a share alpha lies above the k-th of n scores.

    Raises ThresholdNotIdentifiable where n is too small for any rank.
    """
    rank = bisect_left(range(1, n + 1), True, key=lambda k: bool(bdtr(k - 1, n, 1 - alpha) >= confidence)) + 1
    if rank > n:
        needed = ceil(log(1 - confidence) / log(1 - alpha))
        raise ThresholdNotIdentifiable(
            f"it takes {needed} {kind} scores to bound a rate of {percent(alpha)} with {percent(confidence)} "
            f"confidence; there are {n}"
        )
    return rank


def _position(n: int, q: Fraction, method: Method) -> Fraction:
    """Return the position from 1 to n (or beyond) that a method takes; see Hyndman and Fan's table."""
    index = (n - 1) * q
    if method == "averaged_inverted_cdf":
        return n * q + HALF if (n * q).denominator == 1 else Fraction(ceil(n * q))
    if method == "closest_observation":
        return Fraction(round(n * q))  # Python rounds halves to the even neighbour, as definition 3 asks
    positions = {
        "inverted_cdf": Fraction(ceil(n * q)),
        "interpolated_inverted_cdf": n * q,
        "hazen": n * q + HALF,
        "weibull": (n + 1) * q,
        "linear": 1 + index,
        "median_unbiased": (n + Fraction(1, 3)) * q + Fraction(1, 3),
        "normal_unbiased": (n + Fraction(1, 4)) * q + Fraction(3, 8),
        "lower": Fraction(1 + floor(index)),
        "higher": Fraction(1 + ceil(index)),
        "midpoint": 1 + Fraction(floor(index) + ceil(index), 2),
        "nearest": Fraction(1 + round(index)),
    }
    return positions[method]
