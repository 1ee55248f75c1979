"""A small U-Net whose first layer takes grey and colour images alike."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional as F


class Network(nn.Module):
    """Two scales with a skip between them; (N, C, H, W) in, the same out, for any H and W of 8 or more."""

    def __init__(self, channels: int, width: int) -> None:
        super().__init__()
        self.enter = block(channels, width)
        self.down = block(width, 2 * width)
        self.leave = block(3 * width, width)
        self.out = nn.Conv2d(width, channels, 1)

    def forward(self, images: Tensor) -> Tensor:
        """Return what the images would be without noise."""
        fine = self.enter(images)
        coarse = self.down(F.avg_pool2d(fine, 4))
        wide = F.interpolate(coarse, fine.shape[2:], mode="bilinear", align_corners=False)
        noise: Tensor = self.out(self.leave(torch.cat([fine, wide], 1)))
        return images - noise


def block(entering: int, leaving: int) -> nn.Sequential:
    """Return two convolutions; group norms leave the images of a batch apart, which batch norms would not."""
    return nn.Sequential(
        nn.Conv2d(entering, leaving, 3, padding=1, padding_mode="replicate"),
        nn.GroupNorm(4, leaving),
        nn.SiLU(),
        nn.Conv2d(leaving, leaving, 3, padding=1, padding_mode="replicate"),
        nn.GroupNorm(4, leaving),
        nn.SiLU(),
    )


def coarse_noise(images: Tensor, sd: float, grain: int, source: torch.Generator) -> Tensor:
    """Return noise like (N, C, H, W) images: normal on a grid of grains, smooth in between, on the CPU's generator."""
    count, channels, height, width = images.shape
    grid = (count, channels, -(-height // grain), -(-width // grain))
    noise = torch.randn(grid, generator=source) * sd
    return F.interpolate(noise, (height, width), mode="bilinear", align_corners=False).to(images)
