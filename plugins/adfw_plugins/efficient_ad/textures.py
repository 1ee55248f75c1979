"""Drawn textures, in the place of the ImageNet images that the paper shows its networks besides the normal ones."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor

from adfw_plugins.efficient_ad.windows import WIDEST

COARSEST = 2  # places to a side; each octave has twice as many
STEEPEST = 2.0
SMALLEST = 64  # pixels: eight places to a side of the networks


def textures_beside(images: Tensor) -> Tensor:
    """Return as many textures as (N, C, H, W) images, half as wide as they or as a window of them, on their device."""
    return textures(len(images), max(min(max(images.shape[-2:]), WIDEST) // 2, SMALLEST)).to(images.device)


def textures(count: int, side: int) -> Tensor:
    """Return (count, 3, side, side) images in [0, 1]: clouds of all scales, cut out of each other with sharp edges.

    Draws from torch's generator. After Baradad et al., Learning to See by Looking at Noise, NeurIPS 2021.
    """
    outside, inside = _clouds(count, 3, side), _clouds(count, 3, side)
    shapes = _clouds(count, 1, side) > torch.empty(count, 1, 1, 1).uniform_(0.3, 0.7)
    images = torch.where(shapes, inside, outside)
    return torch.lerp(images.mean(1, keepdim=True).expand_as(images), images, torch.rand(count, 1, 1, 1))


def _clouds(count: int, channels: int, side: int) -> Tensor:
    """Return values from 0 to 1, image by image; the finer a scale, the weaker, by a power drawn for each image."""
    power = torch.empty(count, 1, 1, 1).uniform_(0.5, STEEPEST)
    found, places = torch.zeros(count, channels, side, side), COARSEST
    while places <= side:
        octave = torch.rand(count, channels, places, places) - 0.5
        found += places**-power * F.interpolate(octave, size=(side, side), mode="bilinear", align_corners=False)
        places *= 2
    low, high = found.amin((1, 2, 3), keepdim=True), found.amax((1, 2, 3), keepdim=True)
    return (found - low) / (high - low)
