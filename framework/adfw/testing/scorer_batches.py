"""Batches of evidence that scorers are tried on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from hypothesis import strategies as st

from adfw.interfaces import Evidence
from adfw.testing.pictures import evidence

if TYPE_CHECKING:
    from collections.abc import Sequence

    from torch import Tensor

    from adfw.interfaces import Scorer


@dataclass(frozen=True, eq=False, repr=False)
class Batch:
    """Evidence of one batch and the size at which its maps are asked for."""

    layers: Sequence[Evidence]
    size: tuple[int, int]

    def __len__(self) -> int:
        return len(self.layers[0].observed)

    def __repr__(self) -> str:
        return f"evidence {' and '.join(map(repr, self.layers))}; maps of {self.size[0]} x {self.size[1]}"

    @property
    def numbers(self) -> int:
        """Return how many numbers enter the map of one image."""
        return sum(layer.observed[0].numel() if len(self) else 0 for layer in self.layers)

    def images(self, index: Sequence[int] | slice) -> Batch:
        """Return some of the images."""
        chosen = [Evidence(layer.observed[index], layer.expected[index]) for layer in self.layers]
        return Batch(chosen, self.size)


@st.composite
def batches(draw: st.DrawFn, least: int = 1) -> Batch:
    """Draw evidence and a size: that of its first layer, twice that, or any other."""
    layers = draw(evidence(count=st.integers(least, 3)))
    height, width = layers[0].observed.shape[2:]
    other = st.tuples(st.integers(1, 16), st.integers(1, 16))
    return Batch(layers, draw(st.one_of(st.just((height, width)), st.just((2 * height, 2 * width)), other)))


def scored(scorer: Scorer, batch: Batch) -> tuple[Tensor, Tensor]:
    """Return maps and scores."""
    maps = scorer.maps(batch.layers, batch.size)
    return maps, scorer.score(maps)
