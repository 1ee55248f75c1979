"""Locally aware patch features (Roth et al. 2022, section 3.1), made from the training images whenever needed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import torch
from torch import Tensor

from adfw import Sample, batches

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from adfw_plugins.backbone.work import Work

READ_AHEAD = 4  # images


def as_rows(patches: Tensor) -> Tensor:
    """Return (N h w, C) rows of (N, C, h, w) patches; a view where they are channels-last."""
    return patches.permute(0, 2, 3, 1).flatten(0, 2)


@dataclass(frozen=True)
class TrainingPatches:
    """All patches of the training images, numbered through; never held, made anew for each look at them.

    `patches` turns (1, C, H, W) images into (1, C, h, w) patches, of which an image has `each`.
    """

    samples: Sequence[Sample]
    patches: Callable[[Tensor], Tensor]
    each: int
    device: str
    work: Work

    def __len__(self) -> int:
        return len(self.samples) * self.each

    def of(self, places: Sequence[int]) -> Iterator[Tensor]:
        """Yield the (each, C) float32 rows of some images, one image at a time."""
        for batch in batches(self.samples, READ_AHEAD, order=places):
            for image in batch.images.to(self.device):
                yield as_rows(self.patches(image[None]))
                self.work.add(1)

    def take(self, numbers: Tensor) -> Tensor:
        """Return the (K, C) bf16 patches of (K,) numbers."""
        owners = numbers // self.each
        places = torch.unique(owners).tolist()
        found, order = [], []
        for place, rows in zip(places, self.of(places), strict=True):
            mine = torch.nonzero(owners == place).squeeze(1)
            found.append(rows[(numbers[mine] % self.each).to(rows.device)].bfloat16())
            order.append(mine)
        return torch.cat(found)[torch.cat(order).argsort().to(found[0].device)]
