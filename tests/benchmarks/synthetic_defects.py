"""Defects pasted into normal images, so that settings can be chosen without looking at real defects.

Four kinds, each inside the part (where the image differs from its border) and each with its mask: a piece of the image
moved and turned (Li et al. 2021, CutPaste), a blob of smooth noise blended in (Zavrtanik et al. 2021, DRAEM), a thin
scratch, and a dent (a local swirl). Drawn from a seed and the image's number alone.
"""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING

import torch
import torch.nn.functional as F
from torch import Tensor

if TYPE_CHECKING:
    from adfw import Sample

FOREGROUND = 0.25  # how much a pixel of the part differs from the border's median


def with_defects(samples: list[Sample], seed: int = 0) -> list[Sample]:
    """Return each sample once for each kind of defect, with the mask of what was changed; same seed, same defects."""
    return [
        _damage(sample, kind, torch.Generator().manual_seed(1000 * seed + 10 * index + number))
        for index, sample in enumerate(samples)
        for number, kind in enumerate((_moved, _blob, _scratch, _dent))
    ]


def _damage(sample, kind, generator):
    image = sample.image
    grid = torch.stack(torch.meshgrid(*(torch.arange(side).float() for side in image.shape[-2:]), indexing="ij"))
    inside = torch.nonzero(_foreground(image))
    centre = inside[int(torch.randint(len(inside), (), generator=generator))].float()
    damaged, mask = kind(image, grid - centre.view(2, 1, 1), centre, generator)
    defect = kind.__name__.strip("_")
    return replace(sample, id=f"{sample.id}/{defect}", image=damaged.clamp(0, 1), label=1, defect=defect, mask=mask)


def _foreground(image: Tensor) -> Tensor:
    border = torch.cat([image[:, 0], image[:, -1], image[:, :, 0], image[:, :, -1]], 1).median(1).values
    different = (image - border.view(-1, 1, 1)).abs().mean(0) > FOREGROUND
    return different if different.any() else torch.ones_like(different)


def _uniform(low: float, high: float, generator: torch.Generator) -> float:
    return low + (high - low) * float(torch.rand((), generator=generator))


def _ellipse(offset: Tensor, long: float, short: float, generator: torch.Generator) -> Tensor:
    """Return how far outside a turned ellipse each pixel is; below 1 inside."""
    turn = _uniform(0, math.pi, generator)
    along = offset[0] * math.cos(turn) + offset[1] * math.sin(turn)
    across = offset[1] * math.cos(turn) - offset[0] * math.sin(turn)
    return ((along / long).square() + (across / short).square()).sqrt()


def _blend(image: Tensor, other: Tensor, weight: Tensor) -> tuple[Tensor, Tensor]:
    mixed = torch.lerp(image, other, weight)
    return mixed, (mixed - image).abs().amax(0) > 0.02


def _moved(image, offset, centre, generator):
    side = image.shape[-1]
    radius = _uniform(0.015, 0.05, generator) * side
    shift = tuple(
        int(_uniform(0.05, 0.2, generator) * side * (-1) ** int(torch.randint(2, (), generator=generator)))
        for _ in range(2)
    )
    piece = image.roll(shift, (-2, -1)).flip(-1) if radius > 0.03 * side else image.roll(shift, (-2, -1))
    return _blend(image, piece, (_ellipse(offset, radius, 0.5 * radius, generator) < 1).float())


def _blob(image, offset, centre, generator):
    side = image.shape[-1]
    noise = torch.rand((1, 1, 24, 24), generator=generator)
    smooth = F.interpolate(noise, size=image.shape[-2:], mode="bicubic", align_corners=False)[0, 0]
    radius = _uniform(0.015, 0.05, generator) * side
    weight = ((_ellipse(offset, radius, 0.6 * radius, generator) + smooth - 0.5) < 1).float()
    colour = torch.rand((3, 1, 1), generator=generator)[: image.shape[0]]
    return _blend(image, colour.expand_as(image), _uniform(0.15, 0.5, generator) * weight)


def _scratch(image, offset, centre, generator):
    side = image.shape[-1]
    bent = offset.clone()
    bent[0] += _uniform(-0.004, 0.004, generator) * offset[1].square() / 2
    distance = _ellipse(
        bent, _uniform(0.03, 0.1, generator) * side, _uniform(0.002, 0.005, generator) * side, generator
    )
    shade = image + (0.3 if float(torch.rand((), generator=generator)) < 0.5 else -0.3)
    return _blend(image, shade.clamp(0, 1), (1.5 - distance).clamp(0, 1) * _uniform(0.4, 1, generator))


def _dent(image, offset, centre, generator):
    side = image.shape[-1]
    radius = _uniform(0.03, 0.07, generator) * side
    reach = (1 - (offset.square().sum(0).sqrt() / radius).clamp(0, 1)).square()
    turn = _uniform(1.0, 2.5, generator) * reach
    rows = centre[0] + offset[0] * torch.cos(turn) - offset[1] * torch.sin(turn)
    columns = centre[1] + offset[0] * torch.sin(turn) + offset[1] * torch.cos(turn)
    height, width = image.shape[-2:]
    places = torch.stack([2 * columns / (width - 1) - 1, 2 * rows / (height - 1) - 1], -1)
    turned = F.grid_sample(image[None], places[None], align_corners=True, padding_mode="border")[0]
    return _blend(image, turned, (reach > 0).float())
