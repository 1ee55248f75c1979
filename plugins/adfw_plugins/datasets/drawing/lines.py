"""Cracks and scratches."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from adfw_plugins.datasets.drawing.marks import Pen, cloud, somewhere, wander
from adfw_plugins.datasets.drawing.scene import HALF_LENGTH
from adfw_plugins.datasets.drawing.surface import Change

if TYPE_CHECKING:
    from numpy.random import Generator

    from adfw_plugins.datasets.drawing.marks import Point
    from adfw_plugins.datasets.drawing.scene import Array, Scene
    from adfw_plugins.datasets.drawing.surface import Patch

_GAP = np.array((0.14, 0.06, 0.05), np.float32)
_FLAKE = np.array((0.80, 0.62, 0.54), np.float32)
_SCRAPED = {True: np.array((0.40, 0.39, 0.42), np.float32), False: np.array((0.88, 0.62, 0.52), np.float32)}


def crack(scene: Scene, patch: Patch, rng: Generator) -> Change:
    """Break the shell: a jagged gap with a light edge, branches, and sometimes a chip off the rim."""
    strength = rng.uniform(0.35, 1.0)
    start, heading = _start_of_crack(scene, rng)
    gap, edge, chip = Pen(scene, patch), Pen(scene, patch), Pen(scene, patch)
    for branch in range(1 + rng.integers(0, 4)):
        path = wander(start, heading + branch * rng.normal(0, 0.9), rng.uniform(0.5, 1.7) * strength, rng, 0.55)
        width = rng.uniform(0.025, 0.075) * strength
        for (one, other), taper in zip(pairwise(path), np.linspace(1, 0.3, len(path) - 1), strict=True):
            gap.line([one, other], width * taper)
            edge.line([(u, v + width * 0.9) for u, v in (one, other)], width * 0.9 * taper)
    if rng.random() < 0.5:
        chip.polygon(_flake(start, rng.uniform(0.08, 0.24) * strength, rng))
    opacity = np.float32(0.45 + 0.5 * strength)
    paint = [(edge.alpha() * opacity * np.float32(0.5), _FLAKE), (gap.alpha() * opacity, _gap_colour(scene, patch))]
    broken = chip.alpha()
    at_rim = np.abs(start[1]) > 0.8 or abs(start[0]) > HALF_LENGTH - 0.4
    if at_rim:
        return Change(paint=paint, cut=broken)
    return Change(paint=[(broken * opacity, _FLAKE), *paint])


def _start_of_crack(scene: Scene, rng: Generator) -> tuple[Point, float]:
    """Choose the end of the body, the rim of the cap, the long edge or anywhere, and a heading inwards."""
    side = float(rng.choice((-1, 1)))
    place = rng.integers(0, 4)
    if place == 0:
        v = float(rng.uniform(-0.6, 0.6))
        return (HALF_LENGTH - 1 + float(np.sqrt(1 - v * v)) - 0.03, v), np.pi + rng.normal(0, 0.4)
    if place == 1:
        return (scene.join, float(rng.uniform(-0.8, 0.8))), np.pi + rng.normal(0, 0.5)
    if place == 2:
        return (float(rng.uniform(-2, 2)), side * 0.97), -side * np.pi / 2 + rng.normal(0, 0.5)
    return somewhere(rng), float(rng.uniform(0, 6.3))


def _gap_colour(scene: Scene, patch: Patch) -> Array:
    """Return the colour inside a crack: darker than the body, lighter than the nearly black cap."""
    on_cap = (patch.along < scene.join)[:, :, None]
    return np.where(on_cap, np.float32(2.4) * scene.cap + np.float32(0.08), _GAP).astype(np.float32)


def _flake(centre: Point, radius: float, rng: Generator) -> list[Point]:
    angles = np.sort(rng.uniform(0, 2 * np.pi, 9))
    reach = radius * rng.uniform(0.5, 1.3, 9)
    return [(centre[0] + r * np.cos(a), centre[1] + r * np.sin(a)) for r, a in zip(reach, angles, strict=True)]


def scratch(scene: Scene, patch: Patch, rng: Generator) -> Change:
    """Scrape fine, nearly parallel, interrupted lines into the shell."""
    strength = rng.uniform(0.25, 1.0)
    start, heading = somewhere(rng, 0.55), rng.uniform(0, np.pi)
    pen = Pen(scene, patch)
    for _ in range(rng.integers(2, 11)):
        offset = rng.normal(0, 0.13, 2)
        length, width = rng.uniform(0.3, 1.3), rng.uniform(0.01, 0.035)
        path = wander((start[0] + offset[0], start[1] + offset[1]), heading + rng.normal(0, 0.12), length, rng, 0.09)
        pen.line([(u, v) for u, v in path if abs(v) < 0.93], width, rng.uniform(0.5, 1.0))
    worn = 0.35 + 0.65 * cloud(patch, 9, rng)
    alpha = pen.alpha() * worn * np.float32(0.25 + 0.55 * strength)
    return Change(paint=[(alpha, _SCRAPED[start[0] < scene.join])])
