"""Image files written sample by sample, independently of the code under test."""

from __future__ import annotations

import struct
import zlib
from typing import TYPE_CHECKING

import numpy as np
import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

PNG_TYPES = {1: 0, 2: 4, 3: 2, 4: 6}


def write_png(samples: np.ndarray, filter_type: int = 0) -> bytes:
    """Return a PNG of (H, W, C) uint8 or uint16 samples; `filter_type` 0 (none) or 1 (left neighbour)."""
    height, width, channels = samples.shape
    raw = samples.astype(samples.dtype.newbyteorder(">")).view(np.uint8).reshape(height, -1)
    if filter_type == 1:
        step = channels * samples.dtype.itemsize
        raw = raw - np.pad(raw, ((0, 0), (step, 0)))[:, :-step]
    rows = b"".join(bytes([filter_type]) + row.tobytes() for row in raw)
    depth = samples.dtype.itemsize * 8
    header = struct.pack(">IIBBBBB", width, height, depth, PNG_TYPES[channels], 0, 0, 0)
    parts = [(b"IHDR", header), (b"IDAT", zlib.compress(rows)), (b"IEND", b"")]
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body)) for kind, body in parts
    )


def write_tiff(samples: np.ndarray, order: str = "<", *, deflate: bool = False, orientation: int = 1) -> bytes:
    """Return a one-strip TIFF of (H, W, C) uint16 samples in byte order "<" or ">"."""
    height, width, channels = samples.shape
    strip = samples.astype(f"{order}u2").tobytes()
    strip = zlib.compress(strip) if deflate else strip
    bits_at = 8 + len(strip)
    directory_at = bits_at + 2 * channels + (len(strip) % 2)
    short, long = 3, 4
    tags = [
        (256, long, 1, width), (257, long, 1, height), (258, short, channels, bits_at),
        (259, short, 1, 8 if deflate else 1), (262, short, 1, 2), (273, long, 1, 8), (274, short, 1, orientation),
        (277, short, 1, channels), (278, long, 1, height), (279, long, 1, len(strip)),
    ]  # fmt: skip
    entries = b""
    for tag, kind, count, value in tags:
        one_short = kind == short and count == 1
        cell = struct.pack(f"{order}HH", value, 0) if one_short else struct.pack(f"{order}I", value)
        entries += struct.pack(f"{order}HHI", tag, kind, count) + cell
    mark = b"II" if order == "<" else b"MM"
    bits = struct.pack(f"{order}{channels}H", *[16] * channels) + b"\0" * (len(strip) % 2)
    directory = struct.pack(f"{order}H", len(tags)) + entries + struct.pack(f"{order}I", 0)
    return mark + struct.pack(f"{order}HI", 42, directory_at) + strip + bits + directory


@pytest.fixture
def deep() -> Callable[[int], np.ndarray]:
    """Return a function that makes (16, 128, C) uint16 samples with 2,048 levels over the whole range."""

    def make(channels: int) -> np.ndarray:
        ramp = np.linspace(0, 65_535, 16 * 128).round().astype(np.uint16).reshape(16, 128)
        return np.stack([np.roll(ramp, 7 * band, axis=1) for band in range(channels)], axis=2)

    return make


@pytest.fixture(scope="session")
def png() -> Callable[..., bytes]:
    return write_png


@pytest.fixture(scope="session")
def tiff() -> Callable[..., bytes]:
    return write_tiff
