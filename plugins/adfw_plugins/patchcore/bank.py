"""Chooses which patches of the training images are remembered."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch
from torch import Tensor

from adfw_plugins.patchcore.coreset import greedy_coreset

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from adfw_plugins.patchcore.patches import TrainingPatches

    Project = Callable[[Tensor], Tensor]

MEGABYTE = 2**20


def choose_patches(
    patches: TrainingPatches, project: Project, share: float, memory_mb: int, generator: torch.Generator
) -> Tensor:
    """Return the (K,) numbers of the patches kept, in random order; K is about `share` of all.

    Patches are compared as the points that `project` makes of (n, C) rows. Where all points would take more than
    `memory_mb`, the images are divided and the coresets of the parts are joined: then a patch is no farther from the
    bank than from the coreset of its own part.
    """
    sample = project(next(patches.of([0])))
    most = max(1, memory_mb * MEGABYTE // (sample.numel() * sample.element_size()))
    chosen = []
    for places in _parts(len(patches.samples), most):
        points = _project_all(patches, places, project, sample)
        count = max(1, round(share * len(points)))
        start = int(torch.randint(len(points), (), generator=generator))
        unit = len(places) / count
        rows = greedy_coreset(points, count, start, lambda more, unit=unit: patches.work.add(more * unit))  # type: ignore[misc]
        chosen.append(rows.cpu() + places[0] * patches.each)
        del points
    numbers = torch.cat(chosen)
    return numbers[torch.randperm(len(numbers), generator=generator)]


def _parts(images: int, most: int) -> list[range]:
    """Divide images into as few parts of at most `most` as there can be, all about equally large."""
    count = -(-images // most)
    edges = [images * part // count for part in range(count + 1)]
    return [range(edges[part], edges[part + 1]) for part in range(count)]


def _project_all(patches: TrainingPatches, places: Sequence[int], project: Project, sample: Tensor) -> Tensor:
    """Return all points of some images in one tensor, allocated once."""
    points = sample.new_empty((len(places) * patches.each, sample.shape[1]))
    for block, rows in zip(torch.split(points, patches.each), patches.of(places), strict=True):
        block.copy_(project(rows))
    return points
