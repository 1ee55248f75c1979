"""Pictures inside the page: data URIs, with a limit, so that a report opens quickly whatever the run."""

from __future__ import annotations

import base64
from io import BytesIO
from typing import TYPE_CHECKING

from PIL import Image

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from adfw.report.document import GalleryItem

THUMBNAILS = 400
GALLERY_BYTES = 4_500_000
SIDES = (1600, 1000, 640, 400, 256)
KINDS = {".jpg": "jpeg", ".jpeg": "jpeg", ".png": "png", ".webp": "webp"}
PICTURES = ("image", "expected", "overlay", "mask_outline")


def data_uri(path: Path, side: int | None = None) -> str:
    """Return a picture as a data URI, with `side` no larger than that many pixels; "" for a file that is gone."""
    if not path.is_file():
        return ""
    content = path.read_bytes() if side is None else _at_most(path, side)
    return f"data:image/{KINDS[path.suffix.lower()]};base64,{base64.b64encode(content).decode('ascii')}"


def gallery_pictures(items: Sequence[GalleryItem], folder: Path) -> tuple[list[dict[str, str]], int | None]:
    """Return the data URIs of each item by the name of its field, and the side they were reduced to, None if whole.

    The largest side is taken at which all of them together fit into the page.
    """
    for side in (None, *SIDES):
        pictures = [{name: _picture(item, name, folder, side) for name in PICTURES} for item in items]
        if side == SIDES[-1] or sum(len(uri) for item in pictures for uri in item.values()) <= GALLERY_BYTES:
            break
    return pictures, side


def thumbnails(order: Sequence[str], paths: Mapping[str, str], folder: Path) -> dict[str, str]:
    """Return the data URIs of the first thumbnails by id, in the order given, up to the page's limit."""
    wanted = [identity for identity in order if identity in paths][:THUMBNAILS]
    return {identity: uri for identity in wanted if (uri := data_uri(folder / paths[identity]))}


def _picture(item: GalleryItem, name: str, folder: Path, side: int | None) -> str:
    path = getattr(item, name)
    return data_uri(folder / path, side) if path else ""


def _at_most(path: Path, side: int) -> bytes:
    with Image.open(path) as picture:
        if max(picture.size) <= side:
            return path.read_bytes()
        reduced = picture.convert("RGBA") if picture.mode == "P" else picture.copy()
    reduced.thumbnail((side, side), Image.Resampling.LANCZOS)
    stream = BytesIO()
    reduced.save(stream, format="PNG" if path.suffix.lower() == ".png" else "JPEG")
    return stream.getvalue()
