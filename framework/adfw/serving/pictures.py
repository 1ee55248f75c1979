"""What a client may ask for beside a verdict: the map, the overlay and the regions, at the image's own size."""

from __future__ import annotations

import math
from io import BytesIO
from typing import TYPE_CHECKING, Any

import numpy as np
from PIL import Image

from adfw.inspection.regions import find_regions
from adfw.maps import resize_maps
from adfw.report.pictures import overlay, shared_scale

if TYPE_CHECKING:
    from collections.abc import Sequence

    from torch import Tensor

WANTS = ("map", "overlay", "regions")


def extras(
    image: Tensor, anomaly_map: Tensor, threshold: float, wants: Sequence[str]
) -> tuple[dict[str, Any], dict[str, bytes]]:
    """Return regions as numbers, map (float32 TIFF) and overlay (JPEG) as bytes, of those that are wanted.

    `image` is (C, H, W) in [0, 1], `anomaly_map` (h, w). The overlay's scale reaches to the threshold, or to what
    99.9 % of the map's pixels are below.
    """
    whole = resize_maps(anomaly_map[None], (image.shape[1], image.shape[2]))[0]
    found: dict[str, Any] = {"size": list(whole.shape)}
    blobs: dict[str, bytes] = {}
    if "regions" in wants:
        found["regions"] = [region._asdict() for region in find_regions(whole)]
    if "map" in wants:
        blobs["map"] = _encoded(Image.fromarray(np.ascontiguousarray(whole.numpy(), dtype=np.float32)), "TIFF")
    if "overlay" in wants:
        scale = max(threshold if math.isfinite(threshold) else 0.0, shared_scale(whole[None]))
        blobs["overlay"] = _encoded(overlay(image, whole, scale), "JPEG")
    return found, blobs


def _encoded(picture: Image.Image, form: str) -> bytes:
    stream = BytesIO()
    picture.save(stream, form)
    return stream.getvalue()
