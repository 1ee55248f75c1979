"""The networks of EfficientAD, with the layers of its tables 5 and 6."""

from __future__ import annotations

from torch import nn

CODED = 256  # pixels: the side that the autoencoder's images are resized to


def patch_description(channels: int, features: int) -> nn.Sequential:
    """Return PDN-S: (N, 3, H, W) images to (N, features, H / 4 - 8, W / 4 - 8), a place seeing 33 x 33 pixels."""
    return nn.Sequential(
        nn.Conv2d(3, channels, 4),
        nn.ReLU(inplace=True),
        nn.AvgPool2d(2, 2),
        nn.Conv2d(channels, 2 * channels, 4),
        nn.ReLU(inplace=True),
        nn.AvgPool2d(2, 2),
        nn.Conv2d(2 * channels, 2 * channels, 3),
        nn.ReLU(inplace=True),
        nn.Conv2d(2 * channels, features, 4),
    )


def places(pixels: int) -> int:
    """Return how many places to a side PDN-S describes of an image of so many pixels to a side."""
    return ((pixels - 3) // 2 - 3) // 2 - 5


def autoencoder(features: int) -> nn.Sequential:
    """Return a network from (N, 3, 256, 256) images, through a waist of 64 numbers, to (N, features, 56, 56)."""
    layers: list[nn.Module] = []
    for before, after in ((3, 32), (32, 32), (32, 64), (64, 64), (64, 64)):
        layers += [nn.Conv2d(before, after, 4, stride=2, padding=1), nn.ReLU(inplace=True)]
    layers.append(nn.Conv2d(64, 64, 8))
    for side in (3, 8, 15, 32, 63, 127):
        layers += [nn.Upsample(size=side, mode="bilinear"), nn.Conv2d(64, 64, 4, padding=2), nn.ReLU(inplace=True)]
        layers.append(nn.Dropout(0.2))
    layers += [nn.Upsample(size=56, mode="bilinear"), nn.Conv2d(64, 64, 3, padding=1), nn.ReLU(inplace=True)]
    return nn.Sequential(*layers, nn.Conv2d(64, features, 3, padding=1))
