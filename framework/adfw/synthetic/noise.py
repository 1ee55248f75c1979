"""Smooth random fields."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import numpy.typing as npt

    Field = npt.NDArray[np.float64]


def perlin(shape: tuple[int, int], period: float, random: np.random.Generator) -> Field:
    """Return (H, W) gradient noise, within -1 to 1, whose hills are about `period` pixels wide.

    Perlin, "An image synthesizer", SIGGRAPH 1985, with the quintic blend of his "Improving noise", 2002.
    """
    rows, columns = (np.arange(size) / period for size in shape)
    angles = random.uniform(0, 2 * np.pi, (int(rows[-1]) + 2, int(columns[-1]) + 2))
    down, right = np.sin(angles), np.cos(angles)
    y, x = rows.astype(np.intp)[:, None], columns.astype(np.intp)[None, :]
    dy, dx = (rows % 1)[:, None], (columns % 1)[None, :]

    def corner(i: int, j: int) -> Field:
        slope: Field = down[y + i, x + j] * (dy - i) + right[y + i, x + j] * (dx - j)
        return slope

    across, along = _blend(dx), _blend(dy)
    top = corner(0, 0) * (1 - across) + corner(0, 1) * across
    bottom = corner(1, 0) * (1 - across) + corner(1, 1) * across
    field: Field = (top * (1 - along) + bottom * along) * np.sqrt(2)
    return field


def octaves(shape: tuple[int, int], period: float, random: np.random.Generator, count: int = 3) -> Field:
    """Return the sum of `count` fields, each half as wide and half as high as the one before."""
    fields = [perlin(shape, max(period / 2**step, 1.5), random) / 2**step for step in range(count)]
    total: Field = np.sum(fields, axis=0)
    return total


def _blend(t: Field) -> Field:
    blended: Field = t**3 * (10 - 15 * t + 6 * t**2)
    return blended
