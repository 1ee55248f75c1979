"""One picture: backdrop, capsule, perhaps a defect, and the exact mask of what the defect has changed."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from scipy import ndimage

from adfw_plugins.datasets.drawing.backdrop import draw_backdrop, grain
from adfw_plugins.datasets.drawing.defects import DEFECTS
from adfw_plugins.datasets.drawing.scene import Scene
from adfw_plugins.datasets.drawing.surface import Change, Patch, shade

if TYPE_CHECKING:
    import numpy.typing as npt

    from adfw_plugins.datasets.drawing.scene import Array

_SMALLEST = 128  # pixels a side below which pictures are drawn larger and reduced
_VISIBLE = 3 / 255  # a change of less in every colour is none
_SMALLEST_DEFECT = 0.01  # squared radii; a defect that shows on less is drawn anew
_ATTEMPTS = 50
_UNCHANGED = Change()


class Picture(NamedTuple):
    """(size, size, 3) uint8 pixels and a (size, size) bool mask of the defect, all false without one."""

    pixels: npt.NDArray[np.uint8]
    mask: npt.NDArray[np.bool_]


def draw(size: int, key: tuple[int, ...], defect: str = "") -> Picture:
    """Draw the picture that `key` (seed, part, number) stands for, of `size` pixels a side.

    Outside the mask it equals, to the bit, the picture of the same key without the defect.
    """
    factor = -(-_SMALLEST // size) if size < _SMALLEST else 1
    scene_rng, defect_rng, backdrop_rng, grain_rng = (np.random.default_rng((*key, stream)) for stream in range(4))
    scene = Scene.draw(scene_rng)
    picture = draw_backdrop(scene, size * factor, backdrop_rng)
    patch = Patch.of(scene, size * factor)
    mask = np.zeros(picture.shape[:2], dtype=np.bool_)
    view, mask_view = picture[patch.rows, patch.columns], mask[patch.rows, patch.columns]
    paper = view.copy()
    view[:] = _laid(paper, shade(scene, patch, _UNCHANGED))
    if defect:
        for _ in range(_ATTEMPTS):
            changed = _laid(paper, shade(scene, patch, DEFECTS[defect](scene, patch, defect_rng)))
            mask_view[:] = _changed_region(changed, view, patch.pixels)
            if mask_view.sum() > _SMALLEST_DEFECT * patch.pixels**2:
                break
        np.copyto(view, changed, where=mask_view[:, :, None])
    picture, mask = _reduced(picture, factor), _reduced(mask, factor) > 0
    picture += grain(size, grain_rng)
    return Picture(np.rint(picture.clip(0, 1) * 255).astype(np.uint8), mask)


def _laid(paper: Array, capsule: tuple[Array, Array]) -> Array:
    colour, coverage = capsule
    return paper + coverage[:, :, None] * (colour - paper)


def _changed_region(changed: Array, clean: Array, radius: float) -> npt.NDArray[np.bool_]:
    """Return where two patches visibly differ, small gaps closed and single pixels left out."""
    region = np.abs(changed - clean).max(axis=2) > _VISIBLE
    near = ndimage.binary_closing(np.pad(region, 8), iterations=max(1, round(radius * 0.03)))[8:-8, 8:-8]
    parts, count = ndimage.label(near | region)
    sizes = np.bincount(parts.ravel(), minlength=count + 1)
    kept = sizes >= max(2.0, 0.0006 * radius * radius)
    kept[0] = False
    return np.asarray(kept[parts])


def _reduced(picture: npt.NDArray[np.float32] | npt.NDArray[np.bool_], factor: int) -> Array:
    """Return means of factor x factor pixels."""
    if factor == 1:
        return picture.astype(np.float32)
    height, width = picture.shape[0] // factor, picture.shape[1] // factor
    blocks = picture.reshape(height, factor, width, factor, *picture.shape[2:])
    means: Array = blocks.mean(axis=(1, 3), dtype=np.float32)
    return means
