"""Batches of images on the device, in a given order."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from torch import Tensor

    from adfw.interfaces import Sample


def feed(samples: Sequence[Sample], order: Sequence[int], size: int, device: str) -> Iterator[Tensor]:
    """Yield (N, C, H, W) float32 images of `order`, channels last, at most `size` at a time."""
    for start in range(0, len(order), size):
        images = torch.stack([samples[i].image for i in order[start : start + size]])
        yield images.to(device, memory_format=torch.channels_last, non_blocking=True)
