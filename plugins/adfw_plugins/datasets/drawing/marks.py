"""Shapes that defects are made of: lines, polygons and uneven blobs on a patch."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from PIL import Image, ImageDraw

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.random import Generator

    from adfw_plugins.datasets.drawing.scene import Array, Scene
    from adfw_plugins.datasets.drawing.surface import Patch

Point = tuple[float, float]
_FINE = 3  # pens draw on a canvas so many times finer


class Pen:
    """Draws lines and polygons, given in capsule coordinates, with smooth edges."""

    def __init__(self, scene: Scene, patch: Patch) -> None:
        self._patch = patch
        height, width = patch.along.shape
        self._canvas = Image.new("L", (width * _FINE, height * _FINE))
        self._pen = ImageDraw.Draw(self._canvas)
        self._turn = np.cos(scene.angle), np.sin(scene.angle)

    def line(self, points: Sequence[Point], width: float, tone: float = 1.0) -> None:
        """Draw through points, `width` radii wide, with `tone` in [0, 1]."""
        pixels = max(1, round(width * self._patch.pixels * _FINE))
        self._pen.line([self._place(*point) for point in points], fill=round(tone * 255), width=pixels, joint="curve")

    def polygon(self, points: Sequence[Point], tone: float = 1.0) -> None:
        """Fill a polygon with `tone` in [0, 1]."""
        self._pen.polygon([self._place(*point) for point in points], fill=round(tone * 255))

    def alpha(self) -> Array:
        """Return what was drawn, (h, w) in [0, 1]."""
        return np.asarray(self._canvas.reduce(_FINE), dtype=np.float32) / 255

    def _place(self, along: float, across: float) -> Point:
        cos, sin = self._turn
        origin_x, origin_y = self._patch.along[0, 0], self._patch.across[0, 0]
        du, dv = along - origin_x, across - origin_y
        scale = self._patch.pixels * _FINE
        return float((du * cos - dv * sin) * scale), float((du * sin + dv * cos) * scale)


def blob(patch: Patch, centre: Point, radius: float, rng: Generator, rough: float = 0.35) -> Array:
    """Return an uneven spot, 1 inside and falling smoothly to 0 outside, (h, w)."""
    du, dv = patch.along - np.float32(centre[0]), patch.across - np.float32(centre[1])
    angle, distance = np.arctan2(dv, du), np.hypot(du, dv)
    edge = np.ones_like(distance)
    for waves in range(2, 7):
        edge += np.float32(rng.normal(0, rough / waves)) * np.cos(waves * angle + np.float32(rng.uniform(0, 6.3)))
    return smooth_step((np.float32(radius) * edge - distance) / np.float32(0.35 * radius) + 0.5)


def smooth_step(value: Array) -> Array:
    """Rise from 0 at 0 to 1 at 1 without kinks."""
    value = np.clip(value, 0, 1)
    return value * value * (3 - 2 * value)


def cloud(patch: Patch, cells: float, rng: Generator) -> Array:
    """Return smooth noise in [0, 1], `cells` spots a radius, (h, w)."""
    height, width = patch.along.shape
    knots = (max(2, round(height / patch.pixels * cells)), max(2, round(width / patch.pixels * cells)))
    noise = rng.random(knots, dtype=np.float32)
    return np.asarray(Image.fromarray(noise).resize((width, height), Image.Resampling.BICUBIC)).clip(0, 1)


def somewhere(rng: Generator, reach: float = 0.6) -> Point:
    """Choose a point of the capsule's face, on cap or body."""
    return float(rng.uniform(-2.4, 2.4)), float(rng.uniform(-reach, reach))


def wander(start: Point, heading: float, length: float, rng: Generator, wild: float) -> list[Point]:
    """Walk `length` radii from a point, turning by about `wild` radians each step."""
    points, step = [start], max(length / 14, 0.03)
    for _ in range(max(3, round(length / step))):
        heading += rng.normal(0, wild)
        u, v = points[-1]
        points.append((u + step * np.cos(heading), v + step * np.sin(heading)))
    return points
