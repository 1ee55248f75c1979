"""Greedy k-centre coreset: the patch farthest from all centres becomes the next centre (Roth et al. 2022, algorithm 1).

Taken literally that is one pass over all patches for each centre. The same centres come out of far fewer passes:

- The farthest patches are looked at together. As long as one of them is farther away than every patch outside this
  frontier, it is the farthest of all, since distances only shrink. A pass then takes hundreds of centres at once.
- A patch nearer than a level cannot become a centre before all others are as near. Its distance is left as it was, and
  brought up to date only when the level has sunk below it.

So much is exact. Where there are many patches, most centres come from a sample of them, which is as dense; the others
are chosen among all patches, so that none is left far out. Distances to the sample's centres are bounded from above by
a coarse index, and made exact only where the bound is large. docs/models.md says what that changes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch
from torch import Tensor

from adfw_plugins.patchcore.cells import make_cells, near
from adfw_plugins.patchcore.distance import as_centres, smallest

if TYPE_CHECKING:
    from collections.abc import Callable

FRONTIER = 2048
SINK = 0.95**2  # of half the squared distance: the level sinks by a twentieth of the distance at a time
BLOCK = 2048
SAMPLE = 6  # one patch in so many is in the sample
EARLY = 0.5  # share of the centres that come from the sample
MANY = 100_000  # points: for fewer, all are looked at from the start
BOUNDED = 2**16  # points whose bounds are found together


def greedy_coreset(points: Tensor, count: int, start: int, tell: Callable[[int], None]) -> Tensor:
    """Return the (K,) int64 rows of a coreset of (N, d + 4) points, in the order chosen; K is `count` at most.

    It ends early, with K < count, where every point equals a centre. `tell` hears of every so many new centres.
    """
    if len(points) < MANY:
        return torch.tensor(_continue(points, _Distances(points, [start]), count, tell))
    generator = torch.Generator().manual_seed(start)
    sample = torch.randperm(len(points), generator=generator)[: len(points) // SAMPLE].sort().values
    sample[0] = start
    among = points[sample.to(points.device)]
    early = _continue(among, _Distances(among, [0]), max(1, round(EARLY * count)), tell)
    chosen = sample[early].tolist()
    return torch.tensor(_continue(points, _Distances(points, chosen, _bounds(points, chosen, generator)), count, tell))


def _continue(points: Tensor, distances: _Distances, count: int, tell: Callable[[int], None]) -> list[int]:
    """Choose until there are `count` centres, or none is away from all others; returns their rows."""
    while len(distances.chosen) < count:
        rows, floor = distances.frontier()
        if len(rows) == 0:
            break
        before = len(distances.chosen)
        distances.chosen += _farthest_first(points, distances.half, rows, floor, count - len(distances.chosen))
        tell(len(distances.chosen) - before)
    return distances.chosen


def _bounds(points: Tensor, chosen: list[int], generator: torch.Generator) -> Tensor:
    """Return (N,) upper bounds of half the squared distances to the nearest of the chosen."""
    bank = points[chosen]
    cells, centres = make_cells(bank, generator), as_centres(bank)
    return torch.cat([near(block, centres, cells)[0] for block in torch.split(points, BOUNDED)])


class _Distances:
    """Half the squared distance of each point to its nearest centre; exact for active points, else an upper bound."""

    def __init__(self, points: Tensor, chosen: list[int], bounds: Tensor | None = None) -> None:
        self.points, self.chosen = points, list(chosen)
        self.half = torch.full((len(points),), torch.inf, device=points.device) if bounds is None else bounds
        self.seen = torch.zeros(len(points), dtype=torch.int32, device=points.device)
        self.active = torch.empty(0, dtype=torch.int64, device=points.device)
        self.known = len(chosen)
        self.level = torch.inf

    def frontier(self) -> tuple[Tensor, float]:
        """Return the rows of the farthest points, none where all distances are 0, and what no other point exceeds."""
        self._relax(self.active, self.known)
        self.known = len(self.chosen)
        self.seen[self.active] = self.known
        while len(self.active) == 0 or float(self.half[self.active].amax()) <= self.level:
            if float(self.half.amax()) <= 0:
                return self.active[:0], 0.0
            self._sink()
        values, places = self.half[self.active].topk(min(FRONTIER, len(self.active)))
        floor = float(values[-1]) if len(values) < len(self.active) else 0.0
        return self.active[places], max(floor, self.level)

    def _sink(self) -> None:
        """Lower the level and bring every point above it up to date; these are the active ones."""
        self.level = min(self.level, float(self.half.amax())) * SINK
        stale = torch.nonzero((self.half >= self.level) & (self.seen < self.known)).squeeze(1)
        for since in torch.unique(self.seen[stale]).tolist():
            self._relax(stale[self.seen[stale] == since], since)
        self.seen[stale] = self.known
        self.active = torch.nonzero(self.half >= self.level).squeeze(1)

    def _relax(self, rows: Tensor, since: int) -> None:
        """Bring the distances of some points up to date with the centres chosen since."""
        if since == len(self.chosen):
            return
        centres = as_centres(self.points[self.chosen[since:]])
        for block in torch.split(rows, BLOCK):
            points = self.points[block]
            for some in torch.split(centres, BLOCK):
                self.half[block] = torch.minimum(self.half[block], smallest(points @ some.T))


def _farthest_first(points: Tensor, half: Tensor, rows: Tensor, floor: float, most: int) -> list[int]:
    """Choose greedily among the frontier until none of it is farther away than `floor`; at least one."""
    among = points[rows]
    between = (among @ as_centres(among).T).float()
    nearest = half[rows].clone()
    names = rows.tolist()
    chosen: list[int] = []
    while len(chosen) < most:
        place = int(nearest.argmax())
        if chosen and float(nearest[place]) <= floor:
            break
        chosen.append(names[place])
        torch.minimum(nearest, between[place], out=nearest)
        nearest[place] = -1  # rounding may leave a patch a little away from itself
    return chosen
