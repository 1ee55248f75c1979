"""Mean and covariance of more vectors than memory holds."""

from __future__ import annotations

import torch
from torch import Tensor


class Moments:
    """Mean and scatter of vectors that come in blocks (Chan, Golub, LeVeque 1979); no difference of large numbers.

    `mean` (P, C) and `scatter` (P, C, C), the sum of the centred outer products, are float32, for each of P places.
    """

    def __init__(self) -> None:
        self.count = 0
        self.mean = torch.empty(0)
        self.scatter = torch.empty(0)

    def add(self, block: Tensor) -> None:
        """Take in a block of (P, n, C) float32 vectors."""
        places, count, width = block.shape
        if self.count == 0:
            self.mean = block.new_zeros(places, width)
            self.scatter = block.new_zeros(places, width, width)
        mean, total = block.mean(1), self.count + count
        shift = mean - self.mean
        # The shift of the mean counts like one more vector, so that nothing as large as the scatter is allocated.
        weighted = (shift * (self.count * count / total) ** 0.5).unsqueeze(1)
        rows = torch.cat([block - mean.unsqueeze(1), weighted], dim=1)
        torch.baddbmm(self.scatter, rows.mT, rows, out=self.scatter)
        self.mean += shift * (count / total)
        self.count = total
