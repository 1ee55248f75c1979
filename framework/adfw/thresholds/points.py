"""Every decision that a threshold can make on a set of labelled scores, with its counts."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Literal, Self

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Mapping

    import numpy.typing as npt

Placement = Literal["midpoint", "upper", "lower"]
TieBreak = Literal["highest", "lowest", "plateau_middle"]


@dataclass(frozen=True, eq=False)
class OperatingPoints:
    """The candidates: the distinct scores and +inf, in descending order.

    `values` (M,) float64; `tp` and `fp` (M,) int64 count the anomalous and the normal scores >= each value. Each set of
    decisions that some threshold makes on the scores belongs to exactly one candidate. `tp_by_defect` holds the same
    counts for each type of defect, where types were given.
    """

    values: npt.NDArray[np.float64]
    tp: npt.NDArray[np.int64]
    fp: npt.NDArray[np.int64]
    tp_by_defect: Mapping[str, npt.NDArray[np.int64]] = field(default_factory=dict)

    @classmethod
    def of(
        cls,
        scores: npt.NDArray[np.float64],
        labels: npt.NDArray[np.int64],
        defects: npt.NDArray[np.str_] | None = None,
    ) -> Self:
        """Count (N,) scores without NaN or -inf, in O(N log N)."""
        values = np.unique(np.append(scores, np.inf))[::-1]
        anomalous = labels == 1
        by_defect = {}
        if defects is not None:
            by_defect = {
                str(name): _count(scores[anomalous & (defects == name)], values)
                for name in np.unique(defects[anomalous])
            }
        return cls(values, _count(scores[anomalous], values), _count(scores[~anomalous], values), by_defect)

    @property
    def n_anomalous(self) -> int:
        """Number of anomalous scores."""
        return int(self.tp[-1])

    @property
    def n_normal(self) -> int:
        """Number of normal scores."""
        return int(self.fp[-1])

    @cached_property
    def fn(self) -> npt.NDArray[np.int64]:
        """(M,) anomalous scores below each value."""
        missed: npt.NDArray[np.int64] = self.tp[-1] - self.tp
        return missed

    @cached_property
    def flagged(self) -> npt.NDArray[np.int64]:
        """(M,) scores of either class that reach each value."""
        reached: npt.NDArray[np.int64] = self.tp + self.fp
        return reached

    def best(self, objective: npt.NDArray[np.float64 | np.int64], ties: TieBreak = "highest") -> int:
        """Return the candidate with the largest (M,) objective; `highest` rejects the fewest among equals."""
        if ties == "highest":
            return int(objective.argmax())  # the first of equals
        equals = np.flatnonzero(objective == objective.max())
        return int(equals[-1 if ties == "lowest" else len(equals) // 2])

    def gap(self, index: int) -> tuple[float, float]:
        """Return (lower, upper]: all the cuts that decide these scores as the candidate does; lower may be -inf."""
        upper = int(np.searchsorted(self.flagged, self.flagged[index], side="left"))
        lower = int(np.searchsorted(self.flagged, self.flagged[index], side="right"))
        return (float(self.values[lower]) if lower < len(self.values) else -math.inf), float(self.values[upper])

    def place(self, index: int, placement: Placement) -> float:
        """Return a cut inside the candidate's gap: its middle, the score itself, or just above the next lower score."""
        lower, upper = self.gap(index)
        if placement == "upper":
            return upper
        if placement == "lower":
            return math.nextafter(lower, math.inf) if math.isfinite(lower) else lower
        middle = lower + (upper - lower) / 2
        return middle if lower < middle <= upper and math.isfinite(middle) else upper


def _count(scores: npt.NDArray[np.float64], values: npt.NDArray[np.float64]) -> npt.NDArray[np.int64]:
    """Return how many scores reach each of the descending values."""
    return len(scores) - np.searchsorted(np.sort(scores), values, side="left").astype(np.int64)
