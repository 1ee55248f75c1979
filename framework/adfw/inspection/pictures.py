"""Anomaly maps and overlays as files, one for each inspected image, at its original size."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Literal

import numpy as np
from PIL import Image

from adfw.report.pictures import overlay, shared_scale

if TYPE_CHECKING:
    from pathlib import Path

    from adfw.inspection.findings import Finding

MapFormat = Literal["tiff", "npy"]


def place_of(folder: Path, image: Path, ending: str) -> Path:
    """Return where a picture of an image goes: the image's path below `folder`, with an ending behind its own."""
    parts = ["parent" if part == ".." else part for part in image.parts[1 if image.anchor else 0 :]]
    return folder.joinpath(*parts[:-1], parts[-1] + ending)


def write_map(finding: Finding, folder: Path, form: MapFormat) -> Path | None:
    """Write the (H, W) float32 map as a one-channel float TIFF or NPY; None for an invalid image."""
    if finding.anomaly_map is None:
        return None
    path = place_of(folder, finding.path, f".{form}")
    path.parent.mkdir(parents=True, exist_ok=True)
    values = np.ascontiguousarray(finding.anomaly_map.numpy(), dtype=np.float32)
    if form == "npy":
        np.save(path, values)
    else:
        Image.fromarray(values).save(path)
    return path


class Overlays:
    """Writes images under their coloured maps, all on one scale, so that colours mean the same everywhere.

    The scale reaches to the threshold or to what 99.9 % of the first map's pixels are below, whichever is larger.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.scale: float | None = None

    def write(self, finding: Finding) -> Path | None:
        """Write one overlay as JPEG; None for an invalid image."""
        if finding.anomaly_map is None or finding.image is None:
            return None
        if self.scale is None:
            cut = finding.threshold if math.isfinite(finding.threshold) else 0.0
            self.scale = max(cut, shared_scale(finding.anomaly_map[None]))
        path = place_of(self.folder, finding.path, ".jpg")
        path.parent.mkdir(parents=True, exist_ok=True)
        overlay(finding.image, finding.anomaly_map, self.scale).save(path, quality=88)
        return path
