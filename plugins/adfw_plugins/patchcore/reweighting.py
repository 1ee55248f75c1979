"""The reweighted image score of PatchCore (Roth et al. 2022, section 3.3, equation 7)."""

from __future__ import annotations

import torch
from torch import Tensor


def reweighted(patches: Tensor, rows: Tensor, bank: Tensor, neighbours: int) -> Tensor:
    """Return the (P, C) `expected` of one image's (P, C) patches, whose nearest rows of `bank` are (P,) `rows`.

    All differences of the image are scaled by the weight of its most anomalous patch, 1 - exp d(m*) / sum of exp d(m)
    over the `neighbours` rows m around its nearest row m*: so the largest difference is the paper's image score.
    """
    expected = bank[rows].float()
    worst = (patches - expected).square().sum(1).argmax(0, keepdim=True)  # a tensor, which can be exported
    home = bank[rows[worst]].float()
    around = (bank.float() - home).square().sum(1).topk(min(neighbours, len(bank)), largest=False).indices
    distances = (bank[around].float() - patches[worst]).square().sum(1).sqrt()
    # The row itself comes first among its neighbours: its distance from itself is 0.
    weight = 1 - torch.softmax(distances, 0)[0]
    return torch.lerp(patches, expected, weight)
