"""Encoder and decoder of the variational autoencoder, both fully convolutional."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

from torch import nn

if TYPE_CHECKING:
    from adfw_plugins.vae import VaeConfig

WIDEST = 256


def encoder(config: VaeConfig) -> nn.Sequential:
    """Return a network from (N, C, H, W) images to (N, 2 latent, h, w): mean and log-variance of the waist."""
    layers: list[nn.Module] = []
    for before, after in pairwise(_widths(config)):
        layers += [nn.Conv2d(before, after, 3, stride=2, padding=1), nn.BatchNorm2d(after), nn.ReLU(inplace=True)]
    return nn.Sequential(*layers, nn.Conv2d(_widths(config)[-1], 2 * config.latent, 1))


def decoder(config: VaeConfig) -> nn.Sequential:
    """Return a network from (N, latent, h, w) to (N, 2 C, H, W): logit of the mean and log-variance of each pixel."""
    widths = [*reversed(_widths(config)[1:]), config.channels]
    layers: list[nn.Module] = [nn.Conv2d(config.latent, widths[0], 1), nn.ReLU(inplace=True)]
    for before, after in pairwise(widths):
        layers += [nn.Upsample(scale_factor=2), nn.Conv2d(before, after, 3, padding=1)]
        layers += [nn.BatchNorm2d(after), nn.ReLU(inplace=True)]
    return nn.Sequential(*layers, nn.Conv2d(config.channels, 2 * config.image_channels, 3, padding=1))


def _widths(config: VaeConfig) -> list[int]:
    doubling = [min(config.channels * 2**level, max(WIDEST, config.channels)) for level in range(config.depth)]
    return [config.image_channels, *doubling]
