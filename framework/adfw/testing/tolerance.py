"""How far two results of one computation may lie apart, so that every check uses the same bound for the same reason."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Literal

import torch

from adfw.testing.check import require

if TYPE_CHECKING:
    from torch import Tensor

Operation = Literal["elementwise", "sum", "filter"]
FLOOR = 1e-6
"""Results smaller than this count as this large: what numbers near 1 leave when they cancel is rounding."""


def tolerance(dtype: torch.dtype, n: int, op: Operation = "sum") -> float:
    """Return the relative tolerance for results that combine `n` numbers of `dtype`.

    Machine epsilon times what the operation multiplies it by (Higham 2002, sections 3.1 and 4.2): a constant for
    `elementwise` arithmetic; the depth log2(n) of a pairwise `sum`; sqrt(n), the size of errors that are as often up
    as down, for a `filter` (convolution, matrix product) whose order of summation is not known. Eight times that,
    since a scorer chains a handful of them.
    """
    growth = {"elementwise": 1.0, "sum": 1 + math.log2(max(n, 1)), "filter": 1 + math.sqrt(n)}[op]
    return 8 * torch.finfo(dtype).eps * growth


def differ(one: Tensor, other: Tensor, n: int, op: Operation = "filter") -> float | None:
    """Return the largest difference if it exceeds the tolerance of the largest value, or None where they agree.

    NaN equals NaN and infinity equals infinity of the same sign; two shapes never agree.
    """
    if one.shape != other.shape:
        return math.inf
    if one.numel() == 0:
        return None
    same = (one == other) | (one.isnan() & other.isnan())
    gap = torch.where(same, 0.0, (one.double() - other.double()).abs()).nan_to_num(nan=math.inf)
    finite = [side[side.isfinite()].abs() for side in (one, other)]
    scale = max([FLOOR, *(float(side.amax()) for side in finite if side.numel())])
    largest = float(gap.amax())
    return largest if largest > tolerance(one.dtype, n, op) * scale else None


def require_equal(one: Tensor, other: Tensor, numbers: int, sentence: str) -> None:
    """Require results that agree within the tolerance of float32."""
    gap = differ(one, other, numbers)
    require(gap is None, f"{sentence} (largest difference {gap})")
