"""The imprints of cap and body: printed coverage, looked up on the rounded surface."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Literal

import numpy as np
from PIL import Image, ImageDraw, ImageFont

if TYPE_CHECKING:
    from adfw_plugins.datasets.drawing.scene import Array

_PIXELS = 96  # height of a line of print in its texture
_WORDS = {"body": "500", "cap": "adfw"}


@dataclass(frozen=True)
class Print:
    """Coverage in [0, 1] of a printed word that is `width` by `height` radii large."""

    texture: Array
    width: float
    height: float

    def at(self, along: Array, around: Array) -> Array:
        """Look coverage up at distances from the word's centre, in radii; 0 outside."""
        coverage = np.zeros_like(along)
        near = (np.abs(along) < self.width / 2) & (np.abs(around) < self.height / 2)
        rows, columns = np.flatnonzero(near.any(axis=1)), np.flatnonzero(near.any(axis=0))
        if len(rows):
            box = slice(rows[0], rows[-1] + 1), slice(columns[0], columns[-1] + 1)
            coverage[box] = self._looked_up(along[box], around[box])
        return coverage

    def _looked_up(self, along: Array, around: Array) -> Array:
        rows, columns = self.texture.shape
        x = (along / self.width + 0.5) * columns - 0.5
        y = (around / self.height + 0.5) * rows - 0.5
        x0, y0 = np.floor(x), np.floor(y)
        fx, fy = x - x0, y - y0
        i, j = x0.astype(np.int32).clip(0, columns - 2), y0.astype(np.int32).clip(0, rows - 2)
        top = self.texture[j, i] * (1 - fx) + self.texture[j, i + 1] * fx
        low = self.texture[j + 1, i] * (1 - fx) + self.texture[j + 1, i + 1] * fx
        inside = (x0 >= 0) & (x0 < columns - 1) & (y0 >= 0) & (y0 < rows - 1)
        return np.where(inside, top * (1 - fy) + low * fy, 0).astype(np.float32)


@lru_cache(maxsize=8)
def printed(part: Literal["body", "cap"], pixels_per_radius: float) -> Print:
    """Return the word of a part, smoothed for the resolution it is looked up at."""
    height = 0.62 if part == "body" else 0.55
    image = _body_word() if part == "body" else _cap_word()
    scale = min(1.0, height * pixels_per_radius / image.height)
    if scale < 0.9:
        image = image.resize(
            (max(4, round(image.width * scale)), max(4, round(image.height * scale))), Image.Resampling.BOX
        )
    texture = np.asarray(image, dtype=np.float32) / 255
    return Print(texture, height * texture.shape[1] / texture.shape[0], height)


def _body_word() -> Image.Image:
    """Return a bold, widely set number, printed with a fine screen."""
    image = _written(_WORDS["body"], stroke=4, spacing=10)
    rows, columns = np.ogrid[: image.height, : image.width]
    screen = 0.86 + 0.14 * np.sin(rows * 0.9) * np.sin(columns * 0.9)
    return Image.fromarray((np.asarray(image) * screen).astype(np.uint8))


def _cap_word() -> Image.Image:
    """Return a word in thin letters under a swung line."""
    word = _written(_WORDS["cap"], stroke=1, spacing=3)
    image = Image.new("L", (word.width + 70, word.height + 30))
    image.paste(word, (60, 30))
    pen = ImageDraw.Draw(image)
    pen.arc((4, 6, 110, 120), 170, 290, fill=255, width=9)
    pen.arc((22, 26, 110, 130), 170, 270, fill=200, width=6)
    return image


def _written(word: str, stroke: int, spacing: int) -> Image.Image:
    font = ImageFont.load_default(_PIXELS)
    widths = [round(font.getlength(letter)) + stroke * 2 + spacing for letter in word]
    image = Image.new("L", (sum(widths) + spacing, _PIXELS + 30))
    pen, left = ImageDraw.Draw(image), spacing
    for letter, width in zip(word, widths, strict=True):
        pen.text((left, 4), letter, fill=255, font=font, stroke_width=stroke)
        left += width
    box = image.getbbox()
    return image.crop(box) if box else image
