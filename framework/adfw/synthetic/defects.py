"""One defect in one image: where it is, what it shows, how it is blended in."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from adfw.synthetic.noise import octaves

if TYPE_CHECKING:
    import numpy.typing as npt

    from adfw.synthetic.settings import Kind, SyntheticDefects

    Image = npt.NDArray[np.float32]
    Mask = npt.NDArray[np.bool_]

VISIBLE = 0.04
"""Mean change of the pixels under a defect, in units of the image's range, below which it is drawn again."""
ATTEMPTS = 20
STRIPED = 0.3
"""Share of textures that are striped."""
TINT = 0.08
"""Standard deviation of a texture's colour from grey."""


class Pasted(NamedTuple):
    """An image (C, H, W) float32 in [0, 1] with a defect, and its mask (H, W)."""

    image: Image
    mask: Mask


def paste(image: Image, kind: Kind, settings: SyntheticDefects, random: np.random.Generator) -> Pasted:
    """Paste one defect onto the part that a (C, H, W) float32 image in [0, 1] shows.

    Drawn again until it can be seen; where that does not succeed, e.g. a piece of a plain image on itself, the colours
    under it are turned over.
    """
    where = foreground(image)
    for _ in range(ATTEMPTS):
        mask = _line(where, settings, random) if kind == "scar" else _blob(where, settings, random)
        look = _piece(image, mask, random) if kind == "cut_paste" else _texture(image, mask, random)
        made = _blended(image, look, mask, random.uniform(*settings.opacity))
        if np.abs(made - image)[:, mask].mean() >= VISIBLE:
            return Pasted(made, mask)
    return Pasted(_blended(image, 1 - image, mask, 0.5), mask)


def foreground(image: Image) -> Mask:
    """Return (H, W) where the part is: what differs from the border's median colour; everything if nothing does."""
    border = np.concatenate([image[:, 0], image[:, -1], image[:, :, 0], image[:, :, -1]], axis=1)
    part: Mask = np.abs(image - np.median(border, axis=1)[:, None, None]).max(axis=0) > 0.1
    return part if 0.02 < part.mean() < 0.98 else np.ones_like(part)


def _blob(where: Mask, settings: SyntheticDefects, random: np.random.Generator) -> Mask:
    """Return a ragged blob: the highest pixels of noise on a hill around a place of the part."""
    pixels = _pixels(where, settings, random)
    radius, place = np.sqrt(pixels / np.pi), _place(where, random)
    window = _around(place, 3 * radius + 2, where.shape)
    y, x = np.ogrid[window]
    steep = 0.5 * ((y - place[0]) ** 2 + (x - place[1]) ** 2) / radius**2
    height = octaves(steep.shape, max(1.5 * radius, 2), random) - steep
    blob = np.zeros_like(where)
    blob[window] = height >= np.partition(height, -pixels, axis=None)[-min(pixels, height.size)]
    return blob


def _line(where: Mask, settings: SyntheticDefects, random: np.random.Generator) -> Mask:
    """Return a thin bent line, at least one and a half pixels wide."""
    pixels = _pixels(where, settings, random)
    width = max(1.5, np.sqrt(pixels / random.uniform(8, 40)))
    row, column = _place(where, random)
    y, x = np.ogrid[: where.shape[0], : where.shape[1]]
    angle = random.uniform(0, np.pi)
    along = (x - column) * np.cos(angle) + (y - row) * np.sin(angle)
    across = (y - row) * np.cos(angle) - (x - column) * np.sin(angle)
    length = pixels / width
    bend = random.uniform(-0.15, 0.15) * length * (np.cos(np.pi * along / length) - 1)
    line: Mask = (np.abs(across - bend) <= width / 2) & (np.abs(along) <= length / 2)
    return line


def _pixels(where: Mask, settings: SyntheticDefects, random: np.random.Generator) -> int:
    low, high = np.log(settings.area)
    return int(np.clip(where.size * np.exp(random.uniform(low, high)), 4, where.size))


def _place(where: Mask, random: np.random.Generator) -> tuple[int, int]:
    row, column = np.unravel_index(random.choice(np.flatnonzero(where)), where.shape)
    return int(row), int(column)


def _around(place: tuple[int, int], reach: float, shape: tuple[int, ...]) -> tuple[slice, slice]:
    """Return the rows and columns within reach of a place."""
    reaches = [(int(at - reach), int(at + reach) + 1, size) for at, size in zip(place, shape, strict=True)]
    down, right = (slice(max(0, start), min(size, end)) for start, end, size in reaches)
    return down, right


def _texture(image: Image, mask: Mask, random: np.random.Generator) -> Image:
    """Return noise, or stripes, between two colours, as fine as the defect is large; the image where the mask is not.

    The colours are near grey, as dirt and scratches are.
    """
    rows, columns = (np.flatnonzero(mask.any(axis=axis)) for axis in (1, 0))
    window = slice(rows[0], rows[-1] + 1), slice(columns[0], columns[-1] + 1)
    y, x = np.ogrid[window]
    size = np.sqrt(mask.sum())
    field = octaves((y.size, x.size), max(size / 2, 2), random)
    if random.random() < STRIPED:
        angle, period = random.uniform(0, np.pi), max(size / random.uniform(2, 6), 3)
        field = np.sin(2 * np.pi * (x * np.cos(angle) + y * np.sin(angle)) / period + field)
    grey, tint = random.uniform(0, 1, (2, 1)), random.normal(0, TINT, (2, len(image)))
    colour = np.clip(grey + tint, 0, 1)[:, :, None, None]
    look = image.copy()
    look[:, *window] = colour[0] + (colour[1] - colour[0]) * np.clip(0.5 + field / 2, 0, 1)
    return look


def _piece(image: Image, mask: Mask, random: np.random.Generator) -> Image:
    """Return the same image turned over, shifted, and brightened or darkened: what it shows at another place."""
    turned = image[:, :: int(random.choice((-1, 1))), :: int(random.choice((-1, 1)))]
    shift = [int(random.integers(size // 8, size - size // 8 + 1)) for size in mask.shape]
    look: Image = np.clip(np.roll(turned, shift, axis=(1, 2)) * np.float32(random.uniform(0.7, 1.3)), 0, 1)
    return look


def _blended(image: Image, look: Image, mask: Mask, opacity: float) -> Image:
    """Return the image with the look under the mask, soft by a pixel at the rim."""
    padded = np.pad(mask.astype(np.float32), 1)
    height, width = mask.shape
    soft = sum(padded[i : i + height, j : j + width] for i in range(3) for j in range(3)) / 9
    cover = np.where(mask, np.float32(opacity) * np.maximum(soft, 0.5), 0).astype(np.float32)
    return np.clip(image + cover * (look - image), 0, 1).astype(np.float32)
