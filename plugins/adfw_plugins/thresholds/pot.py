"""Peaks over threshold: the tail of the normal scores as a generalised Pareto distribution."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, ClassVar, Literal

import numpy as np
from scipy.optimize import minimize_scalar

from adfw import Cut, Threshold, ThresholdNotIdentifiable, ThresholdTraits, normal_scores
from adfw_plugins.thresholds.exact import written

if TYPE_CHECKING:
    import numpy.typing as npt

PEAKS = 30
"""Excesses it takes to fit a tail."""
NARROW = 1e-7
"""How near to the maximum, in widths of the bracket around it."""


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
        peaks = normal[np.searchsorted(normal, start, side="right") :] - start
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
    best = int(np.argmax(_likelihood(scaled, grid)))
    low, high = float(grid[max(best - 1, 0)]), float(grid[min(best + 1, len(grid) - 1)])
    found = minimize_scalar(
        lambda theta: -_likelihood(scaled, np.array([theta]))[0],
        bounds=(low, high),
        method="bounded",
        options={"xatol": NARROW * (high - low)},
    )
    theta = float(found.x)
    shape = float(np.log1p(theta * scaled).mean())
    return shape, mean * (shape / theta if theta else 1.0)


def _likelihood(peaks: npt.NDArray[np.float64], theta: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Return (T,) profile log-likelihoods per excess, of (N,) excesses whose mean is 1 and of (T,) thetas."""
    terms = np.multiply.outer(theta, peaks)
    shape = np.log1p(terms, out=terms).mean(axis=1)
    scale = np.divide(shape, theta, out=np.ones_like(shape), where=theta != 0)
    return np.where(shape >= -1, -np.log(scale) - shape - 1, -np.inf)
