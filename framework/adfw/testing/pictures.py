"""Hypothesis strategies for images, masks and maps: seeded tensors of drawn shape, texture and scale.

A seed shrinks as well as a list of floats and draws up to 37 times as quickly; what was drawn can be said in words.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import torch
import torch.nn.functional as F
from hypothesis import strategies as st

from adfw.interfaces import Evidence

if TYPE_CHECKING:
    from hypothesis.strategies import SearchStrategy
    from torch import Tensor

Texture = Literal["flat", "ramp", "noise", "low_contrast", "features", "large"]
Kind = Literal["identical", "offset", "scaled", "blurred", "local_defect", "unrelated"]
IMAGE_TEXTURES: tuple[Texture, ...] = ("flat", "ramp", "noise", "low_contrast")
TEXTURES: tuple[Texture, ...] = (*IMAGE_TEXTURES, "features", "large")
KINDS: tuple[Kind, ...] = ("identical", "offset", "scaled", "blurred", "local_defect", "unrelated")
SEEDS = st.integers(0, 2**20)
BATCH = st.integers(1, 3)


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class DescribedEvidence(Evidence):
    """Evidence that says in words what it is."""

    words: str = ""

    def __repr__(self) -> str:
        return self.words


def generator(seed: int) -> torch.Generator:
    """Return a generator of its own, so that the global one stays as it is."""
    return torch.Generator().manual_seed(seed)


def paint(texture: Texture, shape: tuple[int, int, int, int], seed: int) -> Tensor:
    """Return (N, C, H, W) float32: images in [0, 1]; `features` are signed, `large` reaches 1,000."""
    source = generator(seed)
    level = torch.rand((shape[0], 1, 1, 1), generator=source)
    match texture:
        case "flat":
            return level.expand(shape).clone()
        case "ramp":
            return (
                (level * torch.linspace(0.2, 1, shape[2])[:, None] * torch.linspace(1, 0.1, shape[3]))
                .expand(shape)
                .clone()
            )
        case "noise":
            return torch.rand(shape, generator=source)
        case "low_contrast":
            return 0.7 + 0.04 * (torch.rand(shape, generator=source) - 0.5)
        case "features":
            return 3 * torch.randn(shape, generator=source)
        case "large":
            return 1000 * torch.rand(shape, generator=source)


def alter(image: Tensor, kind: Kind, seed: int) -> Tensor:
    """Return what a model might have expected of (N, C, H, W) images."""
    source = generator(seed + 1)
    match kind:
        case "identical":
            return image.clone()
        case "offset":
            return image + 0.1
        case "scaled":
            return image * 0.8
        case "blurred":
            return F.avg_pool2d(F.pad(image, (1, 1, 1, 1), mode="replicate"), 3, stride=1)
        case "local_defect":
            changed = image.clone()
            row, column = (int(torch.randint(side, (), generator=source)) for side in image.shape[2:])
            changed[..., row : row + 3, column : column + 3] += 0.3
            return changed
        case "unrelated":
            return torch.rand(image.shape, generator=source) * image.abs().amax().clamp_min(0.1)


@st.composite
def image_pairs(
    draw: st.DrawFn,
    kind: Kind | None = None,
    *,
    textures: tuple[Texture, ...] = IMAGE_TEXTURES,
    count: SearchStrategy[int] | None = None,
    max_side: int = 16,
) -> Evidence:
    """Draw evidence of images: observed (N, C, H, W) in [0, 1] by one of `textures`, expected of one `kind` or any."""
    sides = st.integers(1, max_side)
    shape = (draw(BATCH if count is None else count), draw(st.integers(1, 3)), draw(sides), draw(sides))
    texture, seed = draw(st.sampled_from(textures)), draw(SEEDS)
    change = draw(st.sampled_from(KINDS)) if kind is None else kind
    observed = paint(texture, shape, seed)
    words = f"{shape[0]} x {shape[1]} x {shape[2]} x {shape[3]} of texture {texture} (seed {seed}), expected: {change}"
    return DescribedEvidence(observed, alter(observed, change, seed), words)


@st.composite
def evidence(
    draw: st.DrawFn,
    *,
    textures: tuple[Texture, ...] = TEXTURES,
    count: SearchStrategy[int] | None = None,
    layers: int = 3,
) -> list[Evidence]:
    """Draw the evidence of one batch: up to `layers` entries with one N and channels and sizes of their own."""
    number = st.just(draw(BATCH if count is None else count))
    return [draw(image_pairs(textures=textures, count=number)) for _ in range(draw(st.integers(1, layers)))]


@st.composite
def images(draw: st.DrawFn, *, channels: tuple[int, ...] = (1, 3), max_side: int = 32) -> Tensor:
    """Draw (N, C, H, W) float32 images in [0, 1]."""
    sides = st.integers(1, max_side)
    shape = (draw(st.integers(1, 3)), draw(st.sampled_from(channels)), draw(sides), draw(sides))
    return paint(draw(st.sampled_from(IMAGE_TEXTURES)), shape, draw(SEEDS))


@st.composite
def anomaly_maps(draw: st.DrawFn, *, count: SearchStrategy[int] | None = None, max_side: int = 16) -> Tensor:
    """Draw (N, H, W) float32 maps >= 0: even, heavy-tailed, constant, zero or with one bright pixel."""
    sides = st.integers(1, max_side)
    shape = (draw(BATCH if count is None else count), draw(sides), draw(sides))
    shapes = ("zero", "constant", "uniform", "heavy_tailed", "spike")
    texture, source = draw(st.sampled_from(shapes)), generator(draw(SEEDS))
    uniform = torch.rand(shape, generator=source)
    if texture == "spike":
        return (uniform == uniform.amax((1, 2), keepdim=True)).float()
    if texture == "heavy_tailed":
        return (1 - uniform).reciprocal().sqrt() - 1
    return {"zero": uniform * 0, "constant": uniform[:, :1, :1].expand(shape).clone(), "uniform": uniform}[texture]


@st.composite
def masks(draw: st.DrawFn, *, regions: int | None = None, max_side: int = 32) -> Tensor:
    """Draw a (H, W) bool mask of up to `regions` rectangles, which may touch or overlap; 0 makes it empty."""
    height, width = draw(st.integers(1, max_side)), draw(st.integers(1, max_side))
    mask = torch.zeros((height, width), dtype=torch.bool)
    for _ in range(draw(st.integers(0, 4)) if regions is None else regions):
        top, left = draw(st.integers(0, height - 1)), draw(st.integers(0, width - 1))
        mask[top : top + draw(st.integers(1, height)), left : left + draw(st.integers(1, width))] = True
    return mask
