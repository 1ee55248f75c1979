"""Differences that look at one pixel, or one feature vector, at a time."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import torch

from adfw import ScorerTraits
from adfw_plugins.scorers.pooled import Difference

if TYPE_CHECKING:
    from torch import Tensor


def squared(observed: Tensor, expected: Tensor) -> Tensor:
    """Return the mean over the channels of (observed - expected)^2."""
    return (observed - expected).square().mean(1)


def absolute(observed: Tensor, expected: Tensor) -> Tensor:
    """Return the mean over the channels of |observed - expected|."""
    return (observed - expected).abs().mean(1)


def euclidean(observed: Tensor, expected: Tensor) -> Tensor:
    """Return ||observed - expected|| over the channels."""
    return (observed - expected).square().sum(1).sqrt()


def cosine(observed: Tensor, expected: Tensor) -> Tensor:
    """Return 1 - cos over the channels, as half the squared distance of the directions.

    That form is exactly 0 for equal vectors and loses no digits near 0. A zero vector has no direction: its distance
    to another zero vector is 0, to anything else 1/2.
    """
    return (_direction(observed) - _direction(expected)).square().sum(1) / 2


def _direction(features: Tensor) -> Tensor:
    # Divided by the largest entry first: squares of very small or large features leave the range of float32.
    tiny = torch.finfo(features.dtype).tiny
    scaled = features / features.abs().amax(1, keepdim=True).clamp_min(tiny)
    return scaled / scaled.square().sum(1, keepdim=True).sqrt().clamp_min(tiny)


_POINTWISE = ScorerTraits(
    zero_if_identical=True,
    symmetric=True,
    translation="exact",
    flip_equivariant=True,
    even=True,
    homogeneous_degree=1,
    monotone_in_residual=True,
    zero_only_if_identical=True,
)
SQUARED = Difference(squared, replace(_POINTWISE, homogeneous_degree=2))
ABSOLUTE = Difference(absolute, _POINTWISE)
EUCLIDEAN = Difference(euclidean, _POINTWISE)
COSINE = Difference(
    cosine,
    replace(
        _POINTWISE,
        bounded=(0, 2),
        zero_only_if_identical=False,
        homogeneous_degree="no",
        monotone_in_residual=False,
    ),
)
