"""Which files are images: the allow-list of formats, told by content, and the limits of a header."""

from __future__ import annotations

from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from PIL import Image

from adfw.errors import DatasetError, InvalidImage

if TYPE_CHECKING:
    from PIL.ImageFile import ImageFile

FORMATS = ("PNG", "JPEG", "BMP", "TIFF", "WEBP")
SUFFIXES = frozenset({".png", ".jpg", ".jpeg", ".bmp", ".tif", ".tiff", ".webp"})
_SIGNATURES = (b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff", b"BM", b"II*\0", b"MM\0*", b"II+\0", b"MM\0+")
_BITS_PER_SAMPLE = 258  # TIFF tag
_PNG_DEPTH_AT = 24  # byte of the header that holds the bits of a sample
_MEGA = 1_000_000


@dataclass(frozen=True, slots=True)
class ImageLimits:
    """How large an image may be: pixels (width times height), checked on the header, and bytes of the file."""

    max_pixels: int = 64 * _MEGA
    max_bytes: int = 512 * 1024**2


class ImageHeader(NamedTuple):
    """What a file says of itself before it is decoded; `bits` are those of one sample, `mode` is Pillow's."""

    width: int
    height: int
    mode: str
    bits: int
    format: str


def list_images(folder: Path) -> list[Path]:
    """Return the images of one folder (not of its sub-folders), sorted by name.

    A file is an image by its suffix or by its first bytes; hidden files are left out. Raises DatasetError where the
    folder is missing.
    """
    if not folder.is_dir():
        raise DatasetError(f"{folder}: there is no such folder; correct the path or create it")
    files = (path for path in folder.iterdir() if path.is_file() and not path.name.startswith("."))
    return sorted(path for path in files if path.suffix.lower() in SUFFIXES or _looks_like_image(path))


def read_header(source: Path | bytes, limits: ImageLimits = ImageLimits()) -> ImageHeader:
    """Read size, mode and bit depth without decoding; raises InvalidImage for anything but an allowed image."""
    name = name_of(source)
    with open_image(name, read_bytes(source, limits), limits) as image:
        return header_of(image)


def name_of(source: Path | bytes) -> str:
    """Return what errors call this image."""
    return str(source) if isinstance(source, Path) else "image"


def read_bytes(source: Path | bytes, limits: ImageLimits) -> bytes:
    """Return the file's content; raises InvalidImage where it is missing, empty or too large."""
    name = name_of(source)
    try:
        size = source.stat().st_size if isinstance(source, Path) else len(source)
        if size > limits.max_bytes:
            raise InvalidImage(name, f"{size:,} bytes are more than the limit of {limits.max_bytes:,}; save it smaller")
        data = source.read_bytes() if isinstance(source, Path) else source
    except OSError as error:
        raise InvalidImage(name, f"cannot be read ({error.strerror or error}); check path and permissions") from error
    if not data:
        raise InvalidImage(name, "the file is empty (0 bytes); copy it again or remove it")
    return data


def open_image(name: str, data: bytes, limits: ImageLimits) -> ImageFile:
    """Open, and do not decode, an image of an allowed format; raises InvalidImage for all others and bombs."""
    try:
        image = Image.open(BytesIO(data), formats=FORMATS)
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise InvalidImage(name, f"more pixels than the limit of {limits.max_pixels:,}; scale it down") from error
    except Exception as error:  # a damaged file makes Pillow raise nearly anything
        raise InvalidImage(name, f"is no readable image; allowed: {', '.join(FORMATS)}; save it again") from error
    width, height = image.size
    if width * height > limits.max_pixels:
        image.close()
        reason = f"{width} x {height} = {width * height:,} pixels are more than the limit of {limits.max_pixels:,}"
        raise InvalidImage(name, f"{reason}; scale it down")
    return image


def header_of(image: ImageFile) -> ImageHeader:
    """Describe an image that was opened."""
    return ImageHeader(*image.size, image.mode, bits_of(image), str(image.format))


def bits_of(image: ImageFile) -> int:
    """Return the bits of one sample in the file, which Pillow's mode does not tell for 16-bit colour."""
    if image.format == "TIFF":
        bits = image.tag_v2.get(_BITS_PER_SAMPLE, (1,))  # type: ignore[attr-defined]
        return int(max(bits))
    if image.format == "PNG":
        stream = image.fp
        if stream is not None:
            place = stream.tell()
            stream.seek(_PNG_DEPTH_AT)
            depth = stream.read(1)[0]
            stream.seek(place)
            return depth
    return 8


def _looks_like_image(path: Path) -> bool:
    try:
        with path.open("rb") as stream:
            start = stream.read(12)
    except OSError:
        return False
    return start.startswith(_SIGNATURES) or (start[:4] == b"RIFF" and start[8:] == b"WEBP")
