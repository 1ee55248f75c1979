"""Mean and covariance of more vectors than memory holds."""

from __future__ import annotations

import torch
from torch import Tensor


class Moments:
    """Mean and scatter of vectors that come in blocks (Chan, Golub, LeVeque 1979); no difference of large numbers.

    `mean` (..., C) and `scatter` (..., C, C), the sum of the centred outer products, are float32.
    """

    def __init__(self) -> None:
        self.count = 0
        self.mean = torch.empty(0)
        self.scatter = torch.empty(0)

    def add(self, block: Tensor) -> None:
        """Take in a block of (..., n, C) float32 vectors."""
        count, mean = block.shape[-2], block.mean(-2)
        centred = block - mean.unsqueeze(-2)
        scatter = centred.mT @ centred
        if self.count == 0:
            self.count, self.mean, self.scatter = count, mean, scatter
            return
        shift = mean - self.mean
        total = self.count + count
        outer = shift.unsqueeze(-1) * shift.unsqueeze(-2)
        self.scatter += scatter.add_(outer, alpha=self.count * count / total)
        self.mean = self.mean + shift * (count / total)
        self.count = total

    def covariance(self) -> Tensor:
        """Return the (..., C, C) unbiased covariance; of one vector, zeros."""
        return self.scatter / max(1, self.count - 1)
