"""A capsule as seen by the camera: geometry of each pixel, and its shaded colour."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from adfw_plugins.datasets.drawing.imprint import Print, printed
from adfw_plugins.datasets.drawing.scene import HALF_LENGTH

if TYPE_CHECKING:
    from collections.abc import Callable

    from adfw_plugins.datasets.drawing.scene import Array, Scene

_STRAIGHT = HALF_LENGTH - 1
_CAP_EXCESS = 0.035  # the cap is slipped over the body
_WHITE = np.ones(3, np.float32)
_BODY_INK = np.array((0.86, 0.68, 0.62), np.float32)
_CAP_INK = np.array((0.55, 0.55, 0.58), np.float32)


@dataclass(frozen=True)
class Patch:
    """The rectangle of the picture that holds the capsule: rows, columns and capsule coordinates of its pixels.

    `along` the axis (towards the body) and `across` it (downwards), both in radii; a radius is `pixels` long.
    """

    rows: slice
    columns: slice
    along: Array
    across: Array
    pixels: float

    @classmethod
    def of(cls, scene: Scene, size: int) -> Patch:
        """Cut the patch out of a picture of `size` pixels a side."""
        radius = scene.radius * size
        reach_x, reach_y = (HALF_LENGTH + 0.35) * radius, (1.35 + HALF_LENGTH * abs(np.sin(scene.angle))) * radius
        x, y = scene.centre[0] * size, scene.centre[1] * size
        columns = slice(max(0, int(x - reach_x)), min(size, int(x + reach_x) + 1))
        rows = slice(max(0, int(y - reach_y)), min(size, int(y + reach_y) + 1))
        dx = (np.arange(columns.start, columns.stop, dtype=np.float32) + 0.5 - x)[None, :] / radius
        dy = (np.arange(rows.start, rows.stop, dtype=np.float32) + 0.5 - y)[:, None] / radius
        cos, sin = np.float32(np.cos(scene.angle)), np.float32(np.sin(scene.angle))
        return cls(rows, columns, dx * cos + dy * sin, dy * cos - dx * sin, radius)


@dataclass(frozen=True)
class Change:
    """What a defect does to a patch; each part may be absent.

    `shift` moves the place each pixel looks up, in radii; `tilt` bends the surface normal; `cut` in [0, 1] takes
    material away; `paint` lays (alpha, RGB colour) over the surface's own colour; `misprint` replaces the lookup of
    the body's imprint.
    """

    shift: tuple[Array, Array] | None = None
    tilt: tuple[Array, Array] | None = None
    cut: Array | None = None
    paint: list[tuple[Array, Array]] = field(default_factory=list)
    misprint: Callable[[Print, Array, Array], Array] | None = None


def shade(scene: Scene, patch: Patch, change: Change) -> tuple[Array, Array]:
    """Return the (h, w, 3) colours of the capsule and its (h, w) coverage in [0, 1]."""
    along, across = patch.along, patch.across
    if change.shift is not None:
        along, across = along + change.shift[0], across + change.shift[1]
    on_cap = _step((scene.join - along) * patch.pixels)
    radius = 1 + _CAP_EXCESS * on_cap
    beyond = np.sign(along) * np.maximum(np.abs(along) - _STRAIGHT, 0)
    distance = np.hypot(beyond, across) - radius
    coverage = _step(-distance * patch.pixels)
    if change.cut is not None:
        coverage = coverage * (1 - change.cut)
    albedo = _albedo(scene, change, (along, across), on_cap, patch.pixels)
    nx, ny, nz = _normal(beyond / radius, across / radius, change)
    return _lit(scene, albedo, along, (nx, ny, nz), on_cap), coverage


def _step(pixels: Array) -> Array:
    """Return the coverage of a pixel that lies so many pixels inside an edge."""
    inside: Array = np.clip(pixels + np.float32(0.5), 0, 1)
    return inside


def _normal(nx: Array, ny: Array, change: Change) -> tuple[Array, Array, Array]:
    flat = np.hypot(nx, ny)
    scale = np.minimum(1, np.float32(0.999) / np.maximum(flat, np.float32(1e-6)))
    nx, ny = nx * scale, ny * scale
    nz = np.sqrt(1 - nx * nx - ny * ny)
    if change.tilt is not None:
        nx, ny = nx + change.tilt[0], ny + change.tilt[1]
        length = np.sqrt(nx * nx + ny * ny + nz * nz)
        nx, ny, nz = nx / length, ny / length, nz / length
    return nx, ny, nz


def _albedo(scene: Scene, change: Change, place: tuple[Array, Array], on_cap: Array, pixels: float) -> Array:
    """Return the surface's own colour: two halves, their imprints, and what a defect has painted over them."""
    colour = scene.body + on_cap[:, :, None] * (scene.cap - scene.body)
    along, across = place
    around = np.arcsin(np.clip(across, -1, 1))
    body, cap = printed("body", pixels), printed("cap", pixels)
    beside, below = along - scene.middle_of_body, around - scene.roll_body
    ink = body.at(beside, below) if change.misprint is None else change.misprint(body, beside, below)
    colour += (ink * 0.72)[:, :, None] * (_BODY_INK - colour)
    if abs(scene.roll_cap) < 1.5:
        ink = cap.at(along - scene.join + 1.15, around - scene.roll_cap)
        colour += (ink * 0.62 * on_cap)[:, :, None] * (_CAP_INK - colour)
    for alpha, paint in change.paint:
        colour += alpha[:, :, None] * (paint - colour)
    return colour


def _lit(scene: Scene, albedo: Array, along: Array, normal: tuple[Array, Array, Array], on_cap: Array) -> Array:
    """Light the surface: a soft lamp from above, its mirror image, light from the paper, the shadow of the cap."""
    nx, ny, nz = normal
    diffuse = 0.66 + 0.36 * nz - 0.10 * ny - 0.04 * nx
    past = along - scene.join
    shadow = 1 - 0.35 * np.exp(-np.square(past / 0.035)) * (1 - on_cap)
    rim = (1 - nz) ** 3
    lamp = np.exp(-np.square((ny - scene.lamp) / 0.16) - np.square(nx / 0.75)) * (0.055 + 0.02 * on_cap)
    strip = np.exp(-np.square((ny - 0.62) / 0.07) - np.square(nx / 0.6)) * 0.03
    edge = 0.05 * np.exp(-np.square((past + 0.02) / 0.016)) * on_cap * nz
    shine = scene.gloss * (lamp + strip) + edge + 0.10 * rim * (0.4 + 0.6 * (1 - on_cap))
    lit: Array = scene.light * (albedo * (diffuse * shadow)[:, :, None] + shine[:, :, None] * _WHITE)
    return lit
