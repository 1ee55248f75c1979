"""An image file and its mask as one sample."""

from __future__ import annotations

from typing import TYPE_CHECKING

from adfw.errors import InvalidImage
from adfw.images.decode import decode_image, decode_mask
from adfw.interfaces import Sample

if TYPE_CHECKING:
    from pathlib import Path


def read_sample(path: Path, *, id: str, defect: str = "", mask: Path | None = None) -> Sample:  # noqa: A002 - Sample's
    """Decode an image, and its mask where a file is named; a defect's type makes the label 1, "" makes it 0.

    Raises InvalidImage for a file that cannot be decoded, and where the mask is of another size than the image.
    """
    image = decode_image(path)
    marked = None if mask is None else decode_mask(mask)
    if mask is not None and marked is not None and marked.shape != image.shape[1:]:
        height, width = marked.shape
        raise InvalidImage(
            mask,
            f"the mask is {width} x {height} pixels, but its image {path.name} is "
            f"{image.shape[2]} x {image.shape[1]}; draw the mask again at the image's size, or remove it",
        )
    return Sample(id, image, int(bool(defect)), defect, marked, path)
