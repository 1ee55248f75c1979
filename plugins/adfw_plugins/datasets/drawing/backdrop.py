"""The paper under the capsule: its light, the capsule's soft shadow and reflected colour, grain and dust."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from PIL import Image

from adfw_plugins.datasets.drawing.scene import HALF_LENGTH

if TYPE_CHECKING:
    from numpy.random import Generator

    from adfw_plugins.datasets.drawing.scene import Array, Scene

_COARSE = 64  # side of the grid on which smooth light is computed
_DUST = 4


def draw_backdrop(scene: Scene, size: int, rng: Generator) -> Array:
    """Return the (size, size, 3) picture without its capsule."""
    side = min(size, _COARSE)
    coarse = _smooth_light(scene, side) + _mottle(rng, side)
    picture = np.stack([_enlarged(coarse[:, :, band], size) for band in range(3)], axis=2)
    _sprinkle_dust(picture, rng)
    return picture


def grain(size: int, rng: Generator) -> Array:
    """Return (size, size, 3) noise of the sensor, about two levels of 255, mostly alike in all colours."""
    common = rng.standard_normal((size, size, 1), dtype=np.float32)
    return common * np.float32(0.0065) * np.array((1.0, 0.94, 1.06), np.float32)


def _smooth_light(scene: Scene, side: int) -> Array:
    axis = (np.arange(side, dtype=np.float32) + 0.5) / side
    x, y = np.meshgrid(axis - scene.centre[0], axis - scene.centre[1])
    light = scene.light * (1 + scene.slope[0] * x * 2 + scene.slope[1] * y * 2 - 0.16 * (x * x + y * y))
    along, across = x / scene.radius, y / scene.radius
    distance = np.hypot(np.maximum(np.abs(along) - HALF_LENGTH + 1, 0), across - 0.12) - 1
    near = np.exp(-np.maximum(distance, 0) / 0.55) * (0.78 + 0.22 * np.tanh(across))
    above = np.exp(-np.square((across + 1.6) / 0.9)) * np.exp(-(np.maximum(np.abs(along) - 2.6, 0) ** 2) * 2)
    body = 1 / (1 + np.exp(-(along - scene.join) * 2.5))
    colour = scene.paper * (light * (1 - 0.38 * near - 0.035 * above))[:, :, None]
    cast = near * 0.10 + above * 0.05
    tint = np.stack([body * 0.5, -0.25 * body - 0.1 * (1 - body), -0.15 * body + 0.25 * (1 - body)], axis=2)
    lit: Array = (colour + cast[:, :, None] * tint).astype(np.float32)
    return lit


def _mottle(rng: Generator, side: int) -> Array:
    """Return slow variation of the paper's tone, (side, side, 1)."""
    knots = rng.normal(0, 0.004, (8, 8)).astype(np.float32)
    return _enlarged(knots, side)[:, :, None]


def _enlarged(grid: Array, size: int) -> Array:
    return np.asarray(Image.fromarray(grid).resize((size, size), Image.Resampling.BICUBIC))


def _sprinkle_dust(picture: Array, rng: Generator) -> None:
    """Darken or lighten a few specks and short fibres."""
    size = len(picture)
    for _ in range(rng.integers(0, _DUST)):
        x, y = rng.uniform(0.02, 0.98, 2) * size
        length, angle, tone = rng.exponential(0.006) * size, rng.uniform(0, np.pi), rng.normal(-0.06, 0.06)
        steps = np.linspace(-1, 1, max(2, int(length * 3)))
        columns = (x + steps * length * np.cos(angle)).astype(int).clip(0, size - 1)
        rows = (y + steps * length * np.sin(angle + steps * 0.4)).astype(int).clip(0, size - 1)
        picture[rows, columns] += np.float32(tone)
