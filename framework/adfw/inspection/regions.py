"""Where in an image the anomaly map stands out, and where nobody is to look."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import torch
from scipy import ndimage

from adfw.errors import DatasetError
from adfw.inspection.findings import Region

if TYPE_CHECKING:
    from torch import Tensor

EIGHT_CONNECTED = np.ones((3, 3), dtype=np.int_)
MOST = 100


def find_regions(anomaly_map: Tensor, level: float | None = None) -> tuple[Region, ...]:
    """Return the 8-connected regions of an (H, W) map at or above `level`, half its largest value if None.

    The highest peak comes first; at most 100 are returned. A map that is zero throughout has none.
    """
    values = anomaly_map.numpy()
    cut = float(values.max()) / 2 if level is None else level
    above = (values >= cut) & (values > 0)
    names, count = ndimage.label(above, structure=EIGHT_CONNECTED)
    boxes = ndimage.find_objects(names)
    regions = [_region(values, names, index + 1, boxes[index]) for index in range(count)]
    return tuple(sorted(regions, key=lambda region: -region.peak)[:MOST])


def _region(values: np.ndarray, names: np.ndarray, name: int, box: tuple[slice, ...]) -> Region:
    rows, columns = box
    inside = names[box] == name
    masked = np.where(inside, values[box], -np.inf)
    row, column = np.unravel_index(int(masked.argmax()), masked.shape)
    return Region(
        left=columns.start,
        top=rows.start,
        right=columns.stop,
        bottom=rows.stop,
        area=int(inside.sum()),
        peak=float(masked[row, column]),
        peak_x=columns.start + int(column),
        peak_y=rows.start + int(row),
    )


def looked_at(roi: Tensor | None, ignore: Tensor | None, size: tuple[int, int]) -> Tensor | None:
    """Return which pixels of a map of `size` count: those inside `roi` and outside `ignore`; None if all do.

    Both masks are (H, W) bool of the images' original size, of which a map's pixel shows the middle. Raises
    DatasetError where they differ in size or leave nothing to look at.
    """
    masks = [mask for mask in (roi, None if ignore is None else ~ignore) if mask is not None]
    if not masks:
        return None
    if len({tuple(mask.shape) for mask in masks}) > 1:
        raise DatasetError("the region of interest and the mask to ignore differ in size; draw both on one image")
    both = torch.stack(masks).all(0)
    kept = torch.nn.functional.interpolate(both[None, None].float(), size, mode="nearest-exact")[0, 0] > 0
    if not kept.any():
        raise DatasetError("the region of interest and the mask to ignore leave no pixel to look at")
    return kept
