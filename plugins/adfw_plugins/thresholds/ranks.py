"""Cuts just above an order statistic of the normal scores."""

from __future__ import annotations

from fractions import Fraction
from math import ceil, floor
from typing import TYPE_CHECKING

from adfw import Quantile, RankThreshold, Remarks
from adfw_plugins.thresholds.exact import written

if TYPE_CHECKING:
    from adfw_plugins.thresholds.normal import Method

HALF = Fraction(1, 2)


class Percentile(RankThreshold):
    """The q-quantile by one of numpy's methods."""

    def __init__(self, q: float, method: Method) -> None:
        self.q, self.method = written(q), method

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
            f"at most {float(1 - Fraction(floor(position), n + 1)):.2%} of new normal parts are flagged, on average "
            f"over sets of {n} calibration images, if parts and images are exchangeable"
        )
        few = f"{n} normal scores cannot keep a false-alarm rate of {float(rate):.3%}: it takes {needed}"
        expected = {"expected_false_alarm_rate": float(1 - position / (n + 1))}
        return Remarks(promise, (few,) if n < needed else (), expected)


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
