"""How far localisation figures would move with other test images: a bootstrap over images in constant memory."""

from __future__ import annotations

import zlib
from typing import TYPE_CHECKING, Self

import numpy as np

from adfw.evaluation.curves import localisation
from adfw.evaluation.intervals import LEVEL

if TYPE_CHECKING:
    from collections.abc import Mapping

    import numpy.typing as npt

    Counts = npt.NDArray[np.int64]

BITS = 12
REPLICATES = 200
FEWEST_DEFECTIVE = 5
"""With fewer defective images a bootstrap says nothing; there is no interval then."""
COARSENESS = 0.01
"""How far the figures of 12-bit bins may be from those of 20-bit bins for their spread to be trusted."""


class ImageResamples:
    """Histograms of 200 sets in which each image occurs a Poisson(1) number of times.

    How often it occurs is drawn from its content, so sets of images merge exactly and in any order, and the same
    images give the same intervals. Chamandy et al., Google technical report 2012 (Poisson bootstrap).
    """

    def __init__(self) -> None:
        self.counts = np.zeros((3, 1 << BITS, REPLICATES), dtype=np.int64)
        self.whole = np.zeros((3, 1 << BITS), dtype=np.int64)
        self.defective_images = 0

    def add(self, first: int, image: Counts) -> None:
        """Count one image: (3, K) normal, defective and overlapping pixels in the 20-bit bins from `first` on."""
        shift = 20 - BITS
        start = first >> shift
        edges = np.maximum((np.arange(start, ((first + image.shape[1] - 1) >> shift) + 1) << shift) - first, 0)
        coarse = np.add.reduceat(image, edges, axis=1)
        random = np.random.default_rng(zlib.crc32(coarse.tobytes()))
        span = slice(start, start + coarse.shape[1])
        kinds = 3 if image[1].any() else 1
        self.counts[:kinds, span] += coarse[:kinds, :, None] * random.poisson(1, REPLICATES)
        self.whole[:, span] += coarse
        self.defective_images += kinds == 3

    def __add__(self, other: ImageResamples) -> Self:
        """Return the resamples of both sets of images."""
        merged = type(self)()
        for name in vars(merged):
            setattr(merged, name, getattr(self, name) + getattr(other, name))
        return merged

    def intervals(self, figures: Mapping[str, float]) -> dict[str, tuple[float, float]]:
        """Return the 95 % percentile intervals of those figures whose spread 12 bits can tell."""
        if self.defective_images < FEWEST_DEFECTIVE:
            return {}
        mixed = np.ones(1, dtype=bool)
        whole = localisation(self.whole.astype(np.float64), mixed)
        kept = self.counts[:, :, (self.counts[:2].sum(1) > 0).all(0)].transpose(0, 2, 1)
        replicates = localisation(kept.astype(np.float64), mixed)
        found = {}
        for name, value in figures.items():
            if abs(float(whole[name]) - value) <= COARSENESS:
                ends = np.quantile(replicates[name], [(1 - LEVEL) / 2, (1 + LEVEL) / 2]) - whole[name] + value
                low, high = np.clip(ends, 0, 1)
                found[name] = (float(min(low, value)), float(max(high, value)))
        return found
