"""The pictures a report shows: thumbnails, and for the gallery image, expectation, anomaly map and mask outline."""

from __future__ import annotations

import hashlib
import re
from typing import TYPE_CHECKING, Literal

import numpy as np
import torch
from PIL import Image
from torch.nn.functional import interpolate, max_pool2d

from adfw.report.document import GalleryItem

if TYPE_CHECKING:
    from pathlib import Path

    import numpy.typing as npt
    from torch import Tensor

    from adfw.interfaces import Sample

    Kind = Literal["miss", "false_alarm", "caught", "passed"]
    Pixels = npt.NDArray[np.uint8]

THUMBNAIL = 128
# "inferno" of matplotlib (S. van der Walt, N. Smith; CC0) at ten even steps: perceptually even, and as readable for
# the colour-blind as in grey.
INFERNO = np.array(
    [
        *([0, 0, 4], [27, 12, 65], [74, 12, 107], [120, 28, 109], [165, 44, 96]),
        *([207, 68, 70], [237, 105, 37], [251, 155, 6], [247, 209, 61], [252, 255, 164]),
    ],
    dtype=np.float32,
)
OUTLINE = (255, 214, 10)


def write_thumbnail(image: Tensor, path: Path) -> None:
    """Write a (C, H, W) float32 image in [0, 1] as a JPEG of at most 128 pixels a side."""
    picture = Image.fromarray(_pixels(image))
    picture.thumbnail((THUMBNAIL, THUMBNAIL), Image.Resampling.LANCZOS)
    path.parent.mkdir(parents=True, exist_ok=True)
    picture.save(path, format="JPEG", quality=80)


def write_gallery_item(  # noqa: PLR0913 - one keyword above five
    sample: Sample,
    expected: Tensor | None,
    anomaly_map: Tensor,
    outcome: tuple[float, str],
    folder: Path,
    *,
    map_scale: float | None = None,
) -> GalleryItem:
    """Write the pictures of one test image below `folder`/gallery and return what the report says of it.

    `sample` is at native resolution; `expected` is (C, h, w) in [0, 1], None for models that expect no image;
    `anomaly_map` is (h, w), >= 0; `outcome` is score and verdict. `map_scale` is the map's value at the brightest
    end of the colours, best the same for all items of a run (`shared_scale`); without it, it is this map's largest.
    """
    score, verdict = outcome
    scale = float(anomaly_map.max()) if map_scale is None else map_scale
    pictures = {"image": Image.fromarray(_pixels(sample.image)), "overlay": overlay(sample.image, anomaly_map, scale)}
    if expected is not None:
        pictures["expected"] = Image.fromarray(_pixels(expected))
    if sample.mask is not None and bool(sample.mask.any()):
        pictures["mask_outline"] = _outline(sample.mask)
    paths = {name: _save(picture, folder, f"{_stem(sample.id)}-{name}") for name, picture in pictures.items()}
    kind = kind_of(sample.label, verdict)
    return GalleryItem(
        id=sample.id, kind=kind, defect=sample.defect, score=score, verdict=verdict, map_scale=scale, **paths
    )


def shared_scale(maps: Tensor) -> float:
    """Return the value below which 99.9 % of the pixels of (N, H, W) anomaly maps lie: one scale for a gallery."""
    values = maps.detach().flatten().double().cpu().numpy()
    return float(np.quantile(values, 0.999))


def kind_of(label: int, verdict: str) -> Kind:
    """Say what became of an image; one sent to review, or invalid, was not passed. Without a verdict ("") it was."""
    if verdict in {"normal", ""}:
        return "miss" if label else "passed"
    return "caught" if label else "false_alarm"


def _pixels(image: Tensor) -> Pixels:
    """Return (H, W, 3) uint8 pixels of a (C, H, W) image in [0, 1], C 1 or 3."""
    scaled = image.detach().cpu().float().clamp(0, 1).mul(255).round().to(torch.uint8)
    return scaled.expand(3, -1, -1).permute(1, 2, 0).contiguous().numpy()


def overlay(image: Tensor, anomaly_map: Tensor, scale: float) -> Image.Image:
    """Lay the map over the grey image; what is unsuspicious stays grey, what is suspicious takes colour."""
    height, width = image.shape[-2:]
    resized = interpolate(anomaly_map.detach().cpu().float()[None, None], (height, width), mode="bilinear")[0, 0]
    heat = (resized / scale).clamp(0, 1).numpy() if scale > 0 else np.zeros((height, width), np.float32)
    grey = _pixels(image.mean(0, keepdim=True)).astype(np.float64)
    opacity = np.sqrt(heat)[..., None] * 0.8
    return Image.fromarray((grey * (1 - opacity) + _colours(heat) * opacity).round().astype(np.uint8))


def _colours(heat: npt.NDArray[np.float32]) -> npt.NDArray[np.float64]:
    """Return (H, W, 3) colours in [0, 255] of (H, W) values in [0, 1]."""
    steps = np.linspace(0, 1, len(INFERNO))
    return np.stack([np.interp(heat, steps, channel) for channel in INFERNO.T], axis=-1)


def _outline(mask: Tensor) -> Image.Image:
    """Draw a ring just outside the mask, bright with a dark rim, so that it shows on any ground and hides no defect."""
    inside = mask.detach().cpu()
    width = max(1, round(max(mask.shape) / 250))
    bright = _grown(inside, width) & ~inside
    rim = _grown(inside, 2 * width) & ~inside & ~bright
    indices = (bright.to(torch.uint8) + 2 * rim.to(torch.uint8)).numpy()
    picture = Image.frombytes("P", (mask.shape[1], mask.shape[0]), indices.tobytes())
    picture.putpalette([0, 0, 0, *OUTLINE, 0, 0, 0])
    picture.info["transparency"] = 0
    return picture


def _grown(mask: Tensor, pixels: int) -> Tensor:
    return max_pool2d(mask.float()[None, None], 2 * pixels + 1, stride=1, padding=pixels)[0, 0] > 0


def _stem(identity: str) -> str:
    """Return a file name of any id: readable, safe on every file system, and different for different ids."""
    readable = re.sub(r"[^A-Za-z0-9]+", "-", identity.rsplit(".", 1)[0]).strip("-")[-60:]
    return f"{readable}-{hashlib.sha256(identity.encode()).hexdigest()[:8]}"


def _save(picture: Image.Image, folder: Path, stem: str) -> str:
    """Save with loss as JPEG, an outline without as PNG; returns the path relative to the run folder."""
    path = folder / "gallery" / (f"{stem}.png" if picture.mode == "P" else f"{stem}.jpg")
    path.parent.mkdir(parents=True, exist_ok=True)
    if picture.mode == "P":
        picture.save(path, optimize=True)
    else:
        picture.save(path, quality=88)
    return path.relative_to(folder).as_posix()
