"""Mean and deviation of each channel over more images than memory holds."""

from __future__ import annotations

import torch
from torch import Tensor


class Spread:
    """Mean and variance of channels that come in blocks (Chan, Golub, LeVeque 1979), in float64."""

    def __init__(self) -> None:
        self.count = 0
        self.mean64 = torch.zeros(())
        self.scatter = torch.zeros(())

    def add(self, features: Tensor) -> None:
        """Take in (N, C, h, w) features."""
        count = features[:, 0].numel()
        mean = features.mean((0, 2, 3), keepdim=True, dtype=torch.float64)[0]
        scatter = (features - mean.float()).square().sum((0, 2, 3), keepdim=True, dtype=torch.float64)[0]
        shift, total = mean - self.mean64, self.count + count
        self.scatter = self.scatter + scatter + shift.square() * (self.count * count / total)
        self.mean64 = self.mean64 + shift * (count / total)
        self.count = total

    @property
    def mean(self) -> Tensor:
        """Return the (C, 1, 1) float32 mean."""
        return self.mean64.float()

    def deviation(self) -> Tensor:
        """Return the (C, 1, 1) float32 standard deviation; of channels that never change, 1."""
        variance = (self.scatter / max(1, self.count)).float()
        return torch.where(variance > 0, variance.sqrt(), torch.ones_like(variance))
