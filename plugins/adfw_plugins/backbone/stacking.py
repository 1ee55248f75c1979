"""Several layers as one map, at the resolution of the first."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch
import torch.nn.functional as F
from torch import Tensor

if TYPE_CHECKING:
    from collections.abc import Sequence


def averaged(layers: Sequence[Tensor], side: int) -> Tensor:
    """Return the stack of layers, each averaged over `side` x `side` neighbours; `side` is odd."""
    return stacked([F.avg_pool2d(layer, side, stride=1, padding=side // 2) for layer in layers])


def stacked(layers: Sequence[Tensor]) -> Tensor:
    """Return (N, C, h, w) features, channels-last, of (N, Ci, hi, wi) layers: C is the sum of Ci, h x w the first's.

    Layers of another resolution are resized by linear interpolation.
    """
    size = (layers[0].shape[-2], layers[0].shape[-1])
    resized = [layer if tuple(layer.shape[-2:]) == size else _resized(layer, size) for layer in layers]
    return torch.cat(resized, dim=1).contiguous(memory_format=torch.channels_last)


def _resized(layer: Tensor, size: tuple[int, int]) -> Tensor:
    return F.interpolate(layer, size=size, mode="bilinear", align_corners=False)
