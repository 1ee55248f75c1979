"""Peaks over threshold: the tail of the normal scores as a generalised Pareto distribution."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, ClassVar, Literal

import numpy as np

from adfw import Cut, Threshold, ThresholdNotIdentifiable, ThresholdTraits, normal_scores
from adfw_plugins.thresholds.exact import written

if TYPE_CHECKING:
    import numpy.typing as npt

PEAKS = 30
"""Excesses it takes to fit a tail."""
STEPS = 32
"""Golden-section steps: each narrows the bracket by 0.618; 32 leave a ten-millionth of it."""
GOLDEN = (math.sqrt(5) - 1) / 2


class Pot(Threshold):
    """t = u + sigma / xi ((q n / N_u)^-xi - 1), with u the p0-quantile and (xi, sigma) of largest likelihood."""

    needs: ClassVar[Literal["normal_scores"]] = "normal_scores"

    def __init__(self, q: float, p0: float, *, extrapolate: bool) -> None:
        self.q, self.p0, self.extrapolate = q, p0, extrapolate

    @property
    def traits(self) -> ThresholdTraits:
        """Return what holds."""
        return ThresholdTraits(affine_equivariant=True, monotone={"q": "lowers"})

    def fit(self, scores: npt.NDArray[np.float64], labels: npt.NDArray[np.int64]) -> Cut:
        """Raises ThresholdNotIdentifiable for too few scores, too few peaks, or a rate above that of the peaks."""
        normal = normal_scores(scores, labels)
        n, start = len(normal), self._start(normal)
        peaks = normal[normal > start] - start
        self._require(n, len(peaks))
        shape, scale = fit_pareto(peaks)
        times = self.q * n / len(peaks)
        rise = -math.log(times) if abs(shape) < 1e-9 else math.expm1(-shape * math.log(times)) / shape
        end = {"end_point": start - scale / shape} if shape < 0 else {}
        return Cut(
            value=start + scale * rise,
            n_normal=n,
            warnings=("model-based: no promise beyond the fit of a generalised Pareto tail",),
            parameters={"xi": shape, "sigma": scale, "u": start, "peaks": len(peaks)} | end,
        )

    def _start(self, normal: npt.NDArray[np.float64]) -> float:
        if len(normal) and not math.isfinite(normal[-1]):
            raise ThresholdNotIdentifiable("infinite normal scores have no tail; a percentile can do with them")
        rank = math.ceil(written(self.p0) * len(normal))
        return float(normal[max(rank, 1) - 1]) if len(normal) else 0.0

    def _require(self, n: int, peaks: int) -> None:
        least = math.ceil(1 / written(self.q))
        if n < least and not self.extrapolate:
            raise ThresholdNotIdentifiable(
                f"it takes {least} normal scores for a rate of {self.q:g}; there are {n} (`extrapolate` allows fewer)"
            )
        if peaks < PEAKS:
            needed = math.ceil(PEAKS / (1 - written(self.p0)))
            raise ThresholdNotIdentifiable(
                f"it takes {PEAKS} normal scores above the {self.p0:g}-quantile, about {needed} in all; "
                f"there are {peaks} of {n}"
            )
        if self.q >= peaks / n:
            raise ThresholdNotIdentifiable(
                f"q = {self.q:g} lies below the tail; it takes a p0 of less than {1 - self.q:g}"
            )


def fit_pareto(peaks: npt.NDArray[np.float64]) -> tuple[float, float]:
    """Return shape xi and scale sigma of largest likelihood, xi >= -1, of (N,) positive excesses.

    With theta = xi / sigma, xi(theta) is the mean of log(1 + theta y), which leaves one unknown (Grimshaw,
    Technometrics 1993).
    """
    mean = float(peaks.mean())
    scaled = peaks / mean
    least = -1 / float(scaled[-1])
    grid = np.concatenate([least * (1 - np.geomspace(1e-6, 1, 14))[:-1], np.geomspace(1e-6, 50, 16)])
    best = int(np.argmax([_likelihood(scaled, theta) for theta in grid]))
    theta = _climb(scaled, grid[max(best - 1, 0)], grid[min(best + 1, len(grid) - 1)])
    shape = float(np.log1p(theta * scaled).mean())
    return shape, mean * (shape / theta if theta else 1.0)


def _likelihood(peaks: npt.NDArray[np.float64], theta: float) -> float:
    """Return the profile log-likelihood per excess."""
    if theta == 0:
        return -math.log(float(peaks.mean())) - 1
    shape = float(np.add.reduce(np.log1p(theta * peaks))) / len(peaks)  # quicker than mean()
    return -math.log(shape / theta) - shape - 1 if shape >= -1 else -math.inf


def _climb(peaks: npt.NDArray[np.float64], low: float, high: float) -> float:
    """Return the maximum between two points, by golden section."""
    left, right = high - GOLDEN * (high - low), low + GOLDEN * (high - low)
    at_left, at_right = _likelihood(peaks, left), _likelihood(peaks, right)
    for _ in range(STEPS):
        if at_left >= at_right:
            high, right, at_right = right, left, at_left
            left = high - GOLDEN * (high - low)
            at_left = _likelihood(peaks, left)
        else:
            low, left, at_left = left, right, at_right
            right = low + GOLDEN * (high - low)
            at_right = _likelihood(peaks, right)
    return (low + high) / 2
