"""Hypothesis strategies for scores with labels."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from hypothesis import strategies as st

if TYPE_CHECKING:
    import numpy.typing as npt

    Scores = npt.NDArray[np.float64]
    Labels = npt.NDArray[np.int64]


@dataclass(frozen=True, eq=False, repr=False)
class ScoredImages:
    """(N,) float64 scores, higher = more anomalous, with (N,) int64 labels, both read-only; says what it is."""

    scores: Scores
    labels: Labels

    def __post_init__(self) -> None:
        self.scores.setflags(write=False)
        self.labels.setflags(write=False)

    def __repr__(self) -> str:
        normal, anomalous = (_listed(self.scores[self.labels == label]) for label in (0, 1))
        return f"normal scores {normal}; anomalous scores {anomalous}"


def _listed(scores: Scores) -> str:
    listed = [f"{score:.6g}" for score in scores[:12]]
    return f"[{', '.join(listed)}{', ...' if len(scores) > 12 else ''}] ({len(scores)})"


@st.composite
def scores_with_labels(
    draw: st.DrawFn, *, ties: bool = True, constant: bool = True, one_class: bool = True, max_count: int = 120
) -> ScoredImages:
    """Draw scores in [0, 16), multiples of 1/64 so that scaling and shifting them is exact, with their labels.

    `ties` allows equal scores, `constant` a single value for all, `one_class` sets without normal or without anomalous
    images.
    """
    least = 0 if one_class else 1
    normal, anomalous = draw(st.integers(least, max_count)), draw(st.integers(least, max_count))
    total = max(1, normal + anomalous)
    labels = np.arange(total) >= (normal if normal + anomalous else 1)
    source = np.random.default_rng(draw(st.integers(0, 2**20)))
    levels = draw(st.sampled_from([1, 4, 16] if constant else [4, 16])) if ties and draw(st.booleans()) else 1024
    if levels == 1024:
        values = source.choice(1024 - 256, size=total, replace=total > 700) + 256 * labels * draw(st.integers(0, 1))
    else:
        values = (source.integers(0, levels, total) + labels * draw(st.integers(0, 1)) * (levels > 1)) * 8
    order = source.permutation(total)
    return ScoredImages((values / 64.0)[order], labels.astype(np.int64)[order])
