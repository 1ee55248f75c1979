"""Numbers as they were written: exact fractions, so that no rounding picks a neighbour or breaks a tie."""

from __future__ import annotations

import math
from fractions import Fraction
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    import numpy.typing as npt

    Sums = npt.NDArray[np.int64] | npt.NDArray[np.float64]

LARGEST = 2**62


def written(number: float) -> Fraction:
    """Return the number a user wrote: 0.285 is 57/200, not the nearest double."""
    return Fraction(str(number))


def unit_of(weights: Iterable[Fraction]) -> Fraction:
    """Return the largest unit of which all the weights are whole multiples."""
    return Fraction(1, math.lcm(*(weight.denominator for weight in weights)))


def weighted(weights: Sequence[Fraction], counts: Sequence[npt.NDArray[np.int64]], unit: Fraction) -> Sums:
    """Return the weighted sum of (M,) counts in units; each count only rises, or only falls, along the candidates.

    In int64 while it fits, so that equal sums are equal; in float64 beyond.
    """
    whole = [int(weight / unit) for weight in weights]
    largest = [int(max(count[0], count[-1])) for count in counts]
    fits = sum(abs(weight) * most for weight, most in zip(whole, largest, strict=True)) < LARGEST
    total: Sums = np.zeros(1, dtype=np.int64)
    for index, (weight, count) in enumerate(zip(whole, counts, strict=True)):
        term: Sums = count * weight if fits else count.astype(np.float64) * float(weight)
        total = np.add(total, term, out=term) if index else term
    return total


def value_of(number: np.int64 | np.float64, unit: Fraction) -> float:
    """Return a number of units as a float."""
    return float(Fraction(number.item()) * unit)


def percent(share: float | Fraction) -> str:
    """Write a share as people do: 5 %, 0.1 %."""
    return f"{100 * float(share):.4g} %"
