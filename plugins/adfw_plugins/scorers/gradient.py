"""Gradient magnitude similarity (Xue et al. 2014), as maps of 1 - GMS."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch

from adfw import ScorerTraits
from adfw_plugins.scorers.pooled import Difference

if TYPE_CHECKING:
    from torch import Tensor

# The paper's constant 170 for values in 0..255.
C = 170 / 255**2


def gradient(observed: Tensor, expected: Tensor) -> Tensor:
    """Return 1 - GMS in [0, 1], averaged over the channels.

    With magnitudes m and n, 1 - (2mn + C) / (m^2 + n^2 + C) is (m - n)^2 / (m^2 + n^2 + C): exactly 0 for equal
    images. At full resolution, where the paper halves the images first, so that small defects keep their place.
    """
    one, other = _magnitude(observed), _magnitude(expected)
    return ((one - other).square() / (one.square() + other.square() + C)).mean(1)


def _magnitude(images: Tensor) -> Tensor:
    """Return the length of the Prewitt gradient; the border is replicated."""
    padded = torch.cat([images[..., :1], images, images[..., -1:]], -1)
    padded = torch.cat([padded[..., :1, :], padded, padded[..., -1:, :]], -2)
    down = padded[..., 2:, :] - padded[..., :-2, :]
    right = padded[..., 2:] - padded[..., :-2]
    down = down[..., :-2] + down[..., 1:-1] + down[..., 2:]
    right = right[..., :-2, :] + right[..., 1:-1, :] + right[..., 2:, :]
    return (down.square() + right.square()).sqrt() / 3


GRADIENT = Difference(
    gradient,
    ScorerTraits(
        zero_if_identical=True,
        zero_only_if_identical=False,
        symmetric=True,
        homogeneous_degree="no",
        monotone_in_residual=False,
        bounded=(0, 1),
        translation="interior",
        flip_equivariant=True,
        even=True,
    ),
)
