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
PARTS = 16
SLAB = 2**13  # rows of the bank at a time: bounds the memory, and a place in a slab fits into 16 bits
BLOCK = 128  # queries at a time: their distances to a slab stay in a CPU's cache
_PLACE = 0xFFFF


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
    """Return (M, c) rows of `centres` that are among the nearest, c at most `CANDIDATES`."""
    if torch.compiler.is_exporting():  # other runtimes know no bits of floats
        return (points @ centres.T).topk(min(CANDIDATES, len(centres)), dim=1, largest=False).indices
    keys, rows = [], []
    for start in range(0, len(centres), SLAB):
        found = _smallest_of_parts(points @ centres[start : start + SLAB].T)
        keys.append(found)
        rows.append((found & _PLACE).long() + start)
    best = torch.cat(keys, 1).topk(min(CANDIDATES, sum(map(_width, keys))), dim=1, largest=False, sorted=False).indices
    return torch.cat(rows, 1).gather(1, best)


def _smallest_of_parts(half_distances: Tensor) -> Tensor:
    """Return the (M, parts) int32 minima of (M, K) numbers >= 0: in the upper half the number, in the lower its column.

    Floats >= 0 sort like integers. So the column may replace the lower bits, which bf16 lacks anyhow, and a plain
    minimum, six times as quick on a CPU as topk, brings it along. Neighbours in one part hide each other: more parts
    than candidates make that rare.
    """
    width = half_distances.shape[1]
    places = torch.arange(width, dtype=torch.int32, device=half_distances.device)
    keys = half_distances.clamp_min(0).float().view(torch.int32).bitwise_and_(~_PLACE).bitwise_or_(places)
    parts = min(PARTS, width)
    whole = width - width % parts
    minima = keys[:, :whole].view(len(keys), parts, -1).amin(2)
    return minima if whole == width else torch.cat([minima, keys[:, whole:]], 1)


def _width(table: Tensor) -> int:
    return table.shape[1]


def _decide(patches: Tensor, rows: Tensor, bank: Tensor) -> Tensor:
    """Return for each of (M, C) patches the one of its (M, c) rows of the bank that is nearest in float32."""
    there = bank.index_select(0, rows.reshape(-1)).view(*rows.shape, -1)
    distances = (there.float() - patches[:, None]).square_().sum(2)
    return rows.gather(1, distances.argmin(1, keepdim=True)).squeeze(1)
