"""Batches of images on the device, in a given order."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch

from adfw.images.batches import batches

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from torch import Tensor

    from adfw.interfaces import Sample


def feed(samples: Sequence[Sample], order: Sequence[int], size: int, device: str) -> Iterator[Tensor]:
    """Yield (N, C, H, W) float32 images of `order` on `device`, channels last, at most `size` at a time."""
    for batch in batches(samples, size, order=order):
        yield batch.images.to(device, memory_format=torch.channels_last, non_blocking=True)
