"""A coarse index: each point is compared only with the centres around the pivot that it is nearest to.

The distance found is that of one of the centres, so it never lies below the smallest. Where the centres are a greedy
coreset, which spreads evenly, some of them drawn at random serve as pivots: no clustering is needed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import torch
from torch import Tensor

from adfw_plugins.patchcore.distance import as_centres

if TYPE_CHECKING:
    from collections.abc import Iterator

PIVOTS = 64
SHARE = 12  # one centre in so many belongs to a cell: cells overlap, so that neighbours are seldom torn apart
FEWEST = 64


class Cells(NamedTuple):
    """`pivots` (P, d + 4) in the form of centres, and `members` (P, L) int64, the rows of the centres near each."""

    pivots: Tensor
    members: Tensor


def make_cells(points: Tensor, generator: torch.Generator) -> Cells:
    """Return cells over (K, d + 4) points, which are the centres; both in the form of `distance`."""
    drawn = torch.randperm(len(points), generator=generator)[:PIVOTS].to(points.device)
    size = min(len(points), max(FEWEST, len(points) // SHARE))
    between = (points[drawn] @ as_centres(points).T).float()
    return Cells(as_centres(points[drawn]), between.topk(size, dim=1, largest=False, sorted=False).indices)


def near(points: Tensor, centres: Tensor, cells: Cells) -> tuple[Tensor, Tensor]:
    """Return half the squared distance (M,) float32, not below 0, and the row (M,) int64, of a near centre."""
    cell = (points @ cells.pivots.T).float().argmin(1)
    if torch.compiler.is_exporting():
        return _nearest_allowed(points, centres, _belonging(cells, len(centres))[cell])
    order = cell.argsort()
    found = [_nearest_member(points[rows], centres, members) for rows, members in _by_cell(order, cell, cells.members)]
    halves, rows = (torch.cat(column) for column in zip(*found, strict=True))
    back = order.argsort()
    return halves[back], rows[back]


def _belonging(cells: Cells, count: int) -> Tensor:
    """Return (P, count) bool: which centres are members of which cell."""
    none = torch.zeros((len(cells.members), count), dtype=torch.bool, device=cells.members.device)
    return none.scatter(1, cells.members, torch.ones_like(cells.members, dtype=torch.bool))


def _nearest_allowed(points: Tensor, centres: Tensor, allowed: Tensor) -> tuple[Tensor, Tensor]:
    """Return the same as by cells, by all distances and (M, K) bool: a graph cannot loop over what it does not know."""
    halves, rows = (points @ centres.T).float().masked_fill(~allowed, torch.inf).min(1)
    return halves.clamp_min(0), rows


def _by_cell(order: Tensor, cell: Tensor, members: Tensor) -> Iterator[tuple[Tensor, Tensor]]:
    """Yield the points of each cell that has any, with its members."""
    counts = torch.bincount(cell, minlength=len(members)).tolist()
    for rows, some in zip(torch.split(order, counts), members, strict=True):
        if len(rows):
            yield rows, some


def _nearest_member(points: Tensor, centres: Tensor, members: Tensor) -> tuple[Tensor, Tensor]:
    halves, places = (points @ centres.index_select(0, members).T).float().min(1)
    return halves.clamp_min_(0), members[places]
