"""Windows of images: networks without padding see the same in them, and a step costs as much at any size."""

from __future__ import annotations

from typing import NamedTuple, Self

import torch
from torch import Tensor

WIDEST = 256  # pixels: the paper's images are as wide
STRIDE = 4  # pixels between two places of the networks


class Window(NamedTuple):
    """A part of (..., H, W) images, in pixels; it begins at a place of the networks."""

    top: int
    left: int
    height: int
    width: int

    @classmethod
    def whole(cls, images: Tensor) -> Self:
        """Return the window that holds everything."""
        return cls(0, 0, *images.shape[-2:])

    @classmethod
    def drawn(cls, images: Tensor) -> Self:
        """Return any window, at most WIDEST pixels a side, from torch's generator."""
        height, width = (min(side, WIDEST) for side in images.shape[-2:])
        spare = images.shape[-2] - height, images.shape[-1] - width
        top, left = (STRIDE * int(torch.randint(pixels // STRIDE + 1, ())) for pixels in spare)
        return cls(top, left, height, width)

    def cut(self, images: Tensor) -> Tensor:
        """Return the part of images."""
        return images[..., self.top : self.top + self.height, self.left : self.left + self.width]
