"""Encode images as PNG without losing depth."""

from __future__ import annotations

import struct
import zlib
from io import BytesIO
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image

from adfw.images.content import to_integers

if TYPE_CHECKING:
    import numpy.typing as npt
    from torch import Tensor

_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_TRUE_COLOUR, _UP = 2, 2  # codes of the PNG specification: colour type and row filter


def encode_png(image: Tensor) -> bytes:
    """Encode a (C, H, W) float32 image in [0, 1], C 1 or 3: 8-bit where that loses nothing, else 16-bit."""
    samples = to_integers(image).transpose(1, 2, 0)
    if samples.dtype == np.uint16 and samples.shape[2] == 3:
        return _deep_colour(samples)
    return _by_pillow(Image.fromarray(samples[:, :, 0] if samples.shape[2] == 1 else np.ascontiguousarray(samples)))


def encode_mask(mask: Tensor) -> bytes:
    """Encode a (H, W) bool mask as an 8-bit grey PNG, 255 where true."""
    return _by_pillow(Image.fromarray(mask.numpy().astype(np.uint8) * 255))


def _by_pillow(image: Image.Image) -> bytes:
    stream = BytesIO()
    image.save(stream, "PNG")
    return stream.getvalue()


def _deep_colour(samples: npt.NDArray[np.unsignedinteger]) -> bytes:
    """Encode (H, W, 3) uint16 samples, which Pillow cannot: one header, one stream of rows less the row above."""
    height, width, _ = samples.shape
    rows = samples.astype(">u2", order="C").view(np.uint8).reshape(height, -1)
    filtered = np.diff(rows, axis=0, prepend=np.zeros_like(rows[:1]))
    marked = np.insert(filtered, 0, _UP, axis=1)
    header = struct.pack(">IIBBBBB", width, height, 16, _TRUE_COLOUR, 0, 0, 0)
    body = zlib.compress(marked.tobytes())
    return _SIGNATURE + _chunk(b"IHDR", header) + _chunk(b"IDAT", body) + _chunk(b"IEND", b"")


def _chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
