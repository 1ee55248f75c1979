"""Damage to the images that an autoencoder learns from, so that it learns to restore and not to copy."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor

SQUARE = 16  # pixels


def damaged(images: Tensor, noise: float, masked: float) -> Tensor:
    """Return (N, C, H, W) images in [0, 1] with Gaussian noise of that deviation, and that share of squares blanked.

    A blanked square has each image's mean colour. Draws from torch's generator, which a training seeds.
    """
    if noise:
        images = images + noise * torch.randn_like(images)
    if masked:
        height, width = images.shape[-2:]
        shape = (len(images), 1, -(-height // SQUARE), -(-width // SQUARE))
        blank = (torch.rand(shape, device=images.device) < masked).float()
        blank = F.interpolate(blank, scale_factor=SQUARE)[..., :height, :width]
        images = torch.lerp(images, images.mean((2, 3), keepdim=True).expand_as(images), blank)
    return images.clamp(0, 1) if noise else images
