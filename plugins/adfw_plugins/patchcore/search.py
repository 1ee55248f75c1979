"""Nearest neighbours in the memory bank: near ones by a coarse index, the nearest for the patches that decide.

On a CPU each patch is compared with its cell's part of the bank; then the most anomalous patches, which make the
image's score, are compared with the whole bank: candidates in fewer dimensions, decided in float32 in all of them.
docs/models.md says what the shortcuts lose.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch
from torch import Tensor

from adfw_plugins.patchcore.cells import near

if TYPE_CHECKING:
    from adfw_plugins.patchcore.cells import Cells

WORST = 128  # patches of an image that are compared with the whole bank
SMALL = 1024  # rows: a bank below this is always searched as a whole
CANDIDATES = 4
SLAB = 2**14  # rows of the bank at a time: bounds the memory
BLOCK = 128  # queries at a time: their distances to a bank of usual size stay in a CPU's cache


def nearest(patches: Tensor, points: Tensor, bank: Tensor, centres: Tensor, cells: Cells) -> Tensor:
    """Return for one image's `patches` (M, C) float32 the (M,) int64 rows of `bank` (K, C) that are expected there.

    `points` (M, d) and `centres` (K, d) are both in the form of `distance`, so that their product is half the squared
    distance. A row found in a cell may be a little farther away than the nearest, never nearer.
    """
    if patches.device.type != "cpu" or len(bank) < SMALL:
        return nearest_of_all(patches, points, bank, centres)
    halves, rows = near(points, centres, cells)
    worst = halves.topk(min(WORST, len(halves)), sorted=False).indices
    rows[worst] = nearest_of_all(patches[worst], points[worst], bank, centres)
    return rows


def nearest_of_all(patches: Tensor, points: Tensor, bank: Tensor, centres: Tensor) -> Tensor:
    """Return the same as `nearest` by a search through the whole bank.

    It finds `CANDIDATES` rows for each patch; their distances in float32 decide.
    """
    step = BLOCK if patches.device.type == "cpu" else 16 * BLOCK
    found = [
        _decide(some, _candidates(some_points, centres), bank)
        for some, some_points in zip(torch.split(patches, step), torch.split(points, step), strict=True)
    ]
    return torch.cat(found)


def _candidates(points: Tensor, centres: Tensor) -> Tensor:
    """Return (M, c) rows of `centres`, the nearest in the dimensions of the points, c at most `CANDIDATES`."""
    halves, rows = [], []
    for start in range(0, len(centres), SLAB):
        between = (points @ centres[start : start + SLAB].T).float()
        found = between.topk(min(CANDIDATES, between.shape[1]), dim=1, largest=False)
        halves.append(found.values)
        rows.append(found.indices + start)
    if len(rows) == 1:
        return rows[0]
    best = torch.cat(halves, 1).topk(min(CANDIDATES, len(centres)), dim=1, largest=False).indices
    return torch.cat(rows, 1).gather(1, best)


def _decide(patches: Tensor, rows: Tensor, bank: Tensor) -> Tensor:
    """Return for each of (M, C) patches the one of its (M, c) rows of the bank that is nearest in float32."""
    there = bank.index_select(0, rows.reshape(-1)).view(*rows.shape, -1)
    distances = (there.float() - patches[:, None]).square_().sum(2)
    return rows.gather(1, distances.argmin(1, keepdim=True)).squeeze(1)
