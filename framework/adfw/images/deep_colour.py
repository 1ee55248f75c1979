"""16-bit colour, which Pillow reduces to 8 bits without a word.

It keeps the high byte of every sample. Told that the bytes lie the other way round, it keeps the low one; the two make
the whole.
"""

from __future__ import annotations

import sys
from io import BytesIO
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image

from adfw.images.formats import FORMATS, bits_of

if TYPE_CHECKING:
    import numpy.typing as npt
    from PIL.ImageFile import ImageFile

    Pixels = npt.NDArray[np.unsignedinteger]


def is_deep_colour(image: ImageFile) -> bool:
    """Tell whether Pillow would reduce this image from 16 to 8 bits a sample."""
    return bits_of(image) == 16 and not image.mode.startswith("I;16")


def decode_deep_colour(data: bytes, image: ImageFile) -> Pixels:
    """Return (H, W, C) uint16 samples, C 2 to 4; raises ValueError where the file keeps them in an unusual order."""
    raw = _raw_modes(image)
    if raw == "LA;16B" and image.format == "PNG":  # grey and alpha: four bytes a pixel, as RGBA has
        pairs = _unpacked(data, "RGBA")
        return _joined(pairs[:, :, 0::2], pairs[:, :, 1::2])
    if raw[:-1] not in {"RGB;16", "RGBA;16"}:
        raise ValueError(f"16-bit samples in an order that cannot be decoded, {raw}")
    order = raw[-1].replace("N", "L" if sys.byteorder == "little" else "B")
    return _joined(_unpacked(data, raw), _unpacked(data, raw[:-1] + ("B" if order == "L" else "L")))


def _joined(high: Pixels, low: Pixels) -> Pixels:
    return np.bitwise_or(np.left_shift(high, 8, dtype=np.uint16), low, dtype=np.uint16)


def _raw_modes(image: ImageFile) -> str:
    """Return the order in which the file keeps its samples, as Pillow calls it."""
    return " and ".join({str(tile.args[0] if isinstance(tile.args, tuple) else tile.args) for tile in image.tile})


def _unpacked(data: bytes, raw: str) -> Pixels:
    """Open an image again and have its samples unpacked in another order."""
    with Image.open(BytesIO(data), formats=FORMATS) as image:
        tiles = [(tile, tile.args) for tile in image.tile]
        image.tile = [tile._replace(args=(raw, *args[1:]) if isinstance(args, tuple) else raw) for tile, args in tiles]
        return np.asarray(image).astype(np.uint16)
