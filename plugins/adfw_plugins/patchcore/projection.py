"""Fewer dimensions in which distances are all but kept."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch
from torch import Tensor

from adfw_plugins.backbone.moments import Moments

if TYPE_CHECKING:
    from collections.abc import Iterable

EXACT, RANDOM = 128, 62


def principal_axes(blocks: Iterable[Tensor]) -> tuple[Tensor, Tensor]:
    """Return the mean (C,) of blocks of (n, C) rows and the principal axes (C, C) as columns, the strongest first."""
    moments = Moments()
    for block in blocks:
        moments.add(block[None])
    return moments.mean[0], torch.linalg.eigh(moments.scatter[0]).eigenvectors.flip(1).contiguous()


def coreset_projection(axes: Tensor, generator: torch.Generator) -> Tensor:
    """Return a (C, d) matrix for (C, C) principal axes: the strongest, and a random mixture of all the others.

    Without the mixture (Johnson & Lindenstrauss 1984) a coreset misses the patches that lie far out in directions of
    little variance, which are those it must not miss.
    """
    kept, rest = axes[:, :EXACT], axes[:, EXACT:]
    if rest.shape[1] <= RANDOM:
        return axes
    mixed = torch.randn((rest.shape[1], RANDOM), generator=generator).to(rest) / RANDOM**0.5
    return torch.cat([kept, rest @ mixed], dim=1)
