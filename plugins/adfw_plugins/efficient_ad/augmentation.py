"""What training images are turned into, so that networks see more than the few there are."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor

LARGEST_ZOOM = 0.5


def shifted_colours(images: Tensor) -> Tensor:
    """Change brightness, contrast or saturation of each (N, 3, H, W) image by up to a fifth, as the paper does."""
    factor = 0.8 + 0.4 * torch.rand((len(images), 1, 1, 1), device=images.device)
    grey = images.mean(1, keepdim=True)
    towards = [torch.zeros_like(images), grey.mean((2, 3), keepdim=True).expand_as(images), grey.expand_as(images)]
    choice = int(torch.randint(3, ()))
    return torch.lerp(towards[choice], images, factor).clamp(0, 1)


def varied(images: Tensor) -> Tensor:
    """Turn, zoom, recolour and patch together (N, 3, H, W) images into ones that a normal image never is.

    A teacher distilled on normal images alone would know its backbone's answer to nothing else.
    """
    parts = [_recoloured(_zoomed(image[None])) for image in images]
    mixed = torch.cat(parts)
    height, width = mixed.shape[-2:]
    top, left = int(torch.randint(height // 2, ())), int(torch.randint(width // 2, ()))
    window = (..., slice(top, top + height // 2), slice(left, left + width // 2))
    pasted = mixed.clone()
    pasted[window] = mixed.roll(1, 0)[window].flip(-1)
    return pasted


def _zoomed(image: Tensor) -> Tensor:
    height, width = image.shape[-2:]
    share = 1 - LARGEST_ZOOM * float(torch.rand(()))
    rows, columns = max(1, int(height * share)), max(1, int(width * share))
    top = int(torch.randint(height - rows + 1, ()))
    left = int(torch.randint(width - columns + 1, ()))
    part = image[..., top : top + rows, left : left + columns]
    flips = [axis for axis in (-2, -1) if float(torch.rand(())) < 0.5]
    return F.interpolate(part.flip(flips), size=(height, width), mode="bilinear", align_corners=False)


def _recoloured(image: Tensor) -> Tensor:
    order = torch.randperm(3)
    gamma = float(torch.empty(()).uniform_(0.5, 2))
    scale = torch.empty((1, 3, 1, 1)).uniform_(0.6, 1).to(image)
    return image[:, order].clamp(1e-4, 1).pow(gamma) * scale
