"""Defects that bend the shell: pokes and squeezes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from adfw_plugins.datasets.drawing.marks import blob, cloud, somewhere
from adfw_plugins.datasets.drawing.scene import HALF_LENGTH
from adfw_plugins.datasets.drawing.surface import Change

if TYPE_CHECKING:
    from numpy.random import Generator

    from adfw_plugins.datasets.drawing.scene import Array, Scene
    from adfw_plugins.datasets.drawing.surface import Patch

_HOLE = np.array((0.16, 0.08, 0.06), np.float32)
_POWDER = np.array((0.93, 0.83, 0.76), np.float32)


def poke(scene: Scene, patch: Patch, rng: Generator) -> Change:
    """Press a point into the shell: a dent with a hole, sometimes with powder that came out."""
    strength = rng.uniform(0.3, 1.0)
    centre, radius = somewhere(rng, 0.55), rng.uniform(0.07, 0.18) * (0.6 + 0.6 * strength)
    du, dv = patch.along - np.float32(centre[0]), patch.across - np.float32(centre[1])
    well = np.exp(-(du * du + dv * dv) / np.float32(2 * radius * radius))
    depth = np.float32(rng.uniform(0.5, 1.3) * strength / radius)
    hole = blob(patch, centre, radius * rng.uniform(0.35, 0.7), rng)
    inside = _HOLE if centre[0] > scene.join else scene.cap * np.float32(rng.choice((0.4, 2.2)))
    paint = [(hole * np.float32(rng.uniform(0.25, 0.95) * (0.4 + 0.6 * strength)), inside)]
    if rng.random() < 0.35:
        near = (centre[0] + rng.normal(0, radius), centre[1] + rng.normal(0, radius))
        spilt = blob(patch, near, radius * rng.uniform(0.5, 1.5), rng, 0.6) * (cloud(patch, 12, rng) > 0.45)
        paint.append((spilt.astype(np.float32) * np.float32(0.35 + 0.55 * strength), _POWDER))
    return Change(tilt=(depth * du * well, depth * dv * well), paint=paint)


def squeeze(_: Scene, patch: Patch, rng: Generator) -> Change:
    """Deform the shell from a side or an end, with creases that run out from the pressed place."""
    strength = rng.uniform(0.35, 1.0)
    side = np.float32(rng.choice((-1, 1)))
    if rng.random() < 0.3:
        centre = (float(side) * (HALF_LENGTH - 0.15), rng.uniform(-0.3, 0.3))
        press = _press(patch, centre, (0.55, 0.75))
        shift = (side * np.float32(0.38 * strength) * press, np.zeros_like(press))
    else:
        centre = (rng.uniform(-2.0, 2.0), float(side) * rng.uniform(0.5, 1.0))
        press = _press(patch, centre, (rng.uniform(0.35, 0.8), 0.9))
        shift = (np.zeros_like(press), side * np.float32(rng.uniform(0.15, 0.32) * strength) * press)
    height = _creases(patch, centre, rng) * press * np.float32(0.16 * strength)
    slope_v, slope_u = np.gradient(height)[:2]
    scale = np.float32(patch.pixels)
    return Change(shift=shift, tilt=(-slope_u * scale, -slope_v * scale))


def _press(patch: Patch, centre: tuple[float, float], reach: tuple[float, float]) -> Array:
    """Return how strongly each pixel is pressed: 1 at the centre, exactly 0 far away."""
    du = (patch.along - np.float32(centre[0])) / np.float32(reach[0])
    dv = (patch.across - np.float32(centre[1])) / np.float32(reach[1])
    press: Array = np.maximum(np.exp(-(du * du + dv * dv)) - np.float32(0.02), 0) / np.float32(0.98)
    return press


def _creases(patch: Patch, centre: tuple[float, float], rng: Generator) -> Array:
    """Return the height of folds: a hollow and sharp valleys that run away from the centre."""
    du, dv = patch.along - np.float32(centre[0]), patch.across - np.float32(centre[1])
    height = -0.9 * np.exp(-(du * du + dv * dv) / np.float32(0.5))
    for _ in range(rng.integers(2, 5)):
        angle = np.float32(rng.uniform(0, 2 * np.pi))
        aside = -du * np.sin(angle) + dv * np.cos(angle)
        ahead = du * np.cos(angle) + dv * np.sin(angle)
        valley = np.exp(-np.abs(aside) / np.float32(rng.uniform(0.06, 0.2))) * (ahead > 0)
        height = height - np.float32(rng.uniform(0.4, 1.0)) * valley * np.tanh(np.maximum(ahead, 0) * 6)
    return height.astype(np.float32)
