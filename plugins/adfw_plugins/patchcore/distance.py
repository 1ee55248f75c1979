"""Squared distances as one matrix product in reduced precision, and the smallest of them without a conversion.

|x - c|^2 / 2 = |x|^2 / 2 + |c|^2 / 2 - x.c, so with both halves as columns of their own the product of a row [x, ...]
with a row [-c, ...] is half the squared distance. A float32 norm is kept as the sum of two bf16 columns.
"""

from __future__ import annotations

import torch
from torch import Tensor

NORM_COLUMNS = 4


def as_points(projected: Tensor, squared_norms: Tensor, dtype: torch.dtype) -> Tensor:
    """Return (N, d + 4) rows [x, 1, 1, n, n'] of (N, d) projections and (N,) float32 squared norms.

    With norms of the whole features instead of their projections, what the projection loses still keeps two different
    patches apart; but a patch is no longer at distance 0 of itself.
    """
    high, low = _halves(squared_norms)
    ones = torch.ones_like(high)
    return torch.cat([projected.to(dtype), torch.stack([ones, ones, high, low], dim=1).to(dtype)], dim=1)


def as_centres(points: Tensor) -> Tensor:
    """Return the rows [-x, n, n', 1, 1] of points [x, 1, 1, n, n']: points @ centres.T is |x - c|^2 / 2."""
    features, ones, norms = points[:, :-4], points[:, -4:-2], points[:, -2:]
    return torch.cat([-features, norms, ones], dim=1)


def smallest(half_distances: Tensor) -> Tensor:
    """Return the (N,) float32 minima of (N, K) half squared distances, not below 0."""
    if half_distances.dtype == torch.bfloat16:
        # The bits of bf16 numbers >= 0 sort like integers, whose minimum a CPU finds forty times as quickly.
        return half_distances.view(torch.int16).amin(1).view(torch.bfloat16).float().clamp_min_(0)
    return half_distances.amin(1).float().clamp_min_(0)


def _halves(squared_norms: Tensor) -> tuple[Tensor, Tensor]:
    half = squared_norms / 2
    high = half.to(torch.bfloat16).float()
    return high, half - high
