"""Mean plus k standard deviations."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Literal

import numpy as np

from adfw import Cut, Threshold, ThresholdNotIdentifiable, ThresholdTraits, normal_scores
from adfw_plugins.thresholds.exact import percent

if TYPE_CHECKING:
    import numpy.typing as npt

MAD_TO_SD = 1.4826
"""Median absolute deviations of a normal distribution in one standard deviation."""


class Sigma(Threshold):
    """Mean + k sd, or median + k 1.4826 MAD, of the normal scores."""

    needs: ClassVar[Literal["normal_scores"]] = "normal_scores"

    def __init__(self, k: float, *, robust: bool) -> None:
        self.k, self.robust = k, robust

    @property
    def traits(self) -> ThresholdTraits:
        """Return what holds."""
        return ThresholdTraits(affine_equivariant=True, monotone={"k": "raises"})

    def fit(self, scores: npt.NDArray[np.float64], labels: npt.NDArray[np.int64]) -> Cut:
        """Raises ThresholdNotIdentifiable for scores without a spread."""
        normal = normal_scores(scores, labels)  # in order: sums of floats depend on it, a cut must not
        if len(normal) < 2:
            raise ThresholdNotIdentifiable(f"it takes at least 2 normal scores; there are {len(normal)}")
        if not np.isfinite(normal).all():
            raise ThresholdNotIdentifiable("infinite normal scores have no spread; a percentile can do with them")
        centre, spread = _robust(normal) if self.robust else (float(normal.mean()), float(normal.std(ddof=1)))
        if spread == 0 or normal[0] == normal[-1]:
            raise ThresholdNotIdentifiable(
                f"{len(normal)} normal scores have no spread; it takes scores that differ"
                + (" in more than half of the images" if self.robust else "")
            )
        cantelli = 1 / (1 + self.k**2)
        text = f"no promise: up to {percent(cantelli)} of normal parts can lie above (Cantelli), whatever they are"
        return Cut(
            value=centre + self.k * spread,
            n_normal=len(normal),
            warnings=(text,),
            parameters={"centre": centre, "spread": spread},
        )


def _robust(ascending: npt.NDArray[np.float64]) -> tuple[float, float]:
    centre = float(np.median(ascending))
    return centre, MAD_TO_SD * float(np.median(np.abs(ascending - centre)))
