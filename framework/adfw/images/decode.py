"""Decode images without losing depth, orientation or honesty: what cannot be represented is refused.

Policies, the same everywhere in `adfw`: EXIF orientation is applied; transparency is composited over white, as a page
shows it; palettes become colours; 16-bit samples keep their 65,536 levels, in colour too; embedded colour profiles are
ignored; of files with several pages none is picked.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from adfw.errors import InvalidImage
from adfw.images.deep_colour import decode_deep_colour, is_deep_colour
from adfw.images.formats import ImageLimits, bits_of, name_of, open_image, read_bytes

if TYPE_CHECKING:
    from pathlib import Path

    import numpy.typing as npt
    from PIL.ImageFile import ImageFile
    from torch import Tensor

    Pixels = npt.NDArray[np.unsignedinteger]

# Pillow decodes everything. torchvision's decoders (0.29) were tried: no faster on 512-pixel PNG, deprecated, and a PNG
# with one damaged byte ends the whole process with a segmentation fault instead of an exception.

_ORIENTATION = 0x0112
_REMEDY = "save it as 8- or 16-bit grey or RGB"
_REFUSED = {
    "F": f"holds floating-point samples, whose range is unknown; {_REMEDY}",
    "I": f"holds 32-bit or signed samples, whose range is unknown; {_REMEDY}",
    "CMYK": "holds CMYK colours; save it as RGB",
}


def decode_image(source: Path | bytes, limits: ImageLimits = ImageLimits()) -> Tensor:  # noqa: B008 - frozen
    """Decode to (C, H, W) float32 in [0, 1], C 1 (grey) or 3 (RGB), in the file's own size.

    Values are exactly k / 255 for files of up to 8 bits a sample, else k / 65535. Raises InvalidImage.
    """
    import torch  # here, since a plugin names this function at its top

    pixels = _decode(source, limits)
    if pixels.shape[2] in (2, 4):
        pixels = _over_white(pixels)
    return torch.from_numpy(to_unit(np.ascontiguousarray(pixels.transpose(2, 0, 1))))


def decode_mask(source: Path | bytes, limits: ImageLimits = ImageLimits()) -> Tensor:  # noqa: B008 - frozen
    """Decode to (H, W) bool: true where any colour channel is above 0; transparency is ignored. Raises InvalidImage."""
    import torch

    pixels = _decode(source, limits)
    colours = pixels[:, :, : pixels.shape[2] - (pixels.shape[2] in (2, 4))]
    return torch.from_numpy((colours > 0).any(axis=2))


def to_unit(pixels: Pixels) -> npt.NDArray[np.float32]:
    """Return uint8 or uint16 samples as float32 in [0, 1], in the shape they came in."""
    top = np.float32(np.iinfo(pixels.dtype).max)
    unit: npt.NDArray[np.float32] = np.divide(pixels, top, dtype=np.float32)
    return unit


def _decode(source: Path | bytes, limits: ImageLimits) -> Pixels:
    """Return (H, W, C) uint8 or uint16 samples, C 1 to 4, upright."""
    name = name_of(source)
    data = read_bytes(source, limits)
    with open_image(name, data, limits) as image:
        try:
            _refuse_ambiguous(name, image)
            pixels = decode_deep_colour(data, image) if is_deep_colour(image) else _plain(image)
            # Pillow turns TIFF upright by itself.
            orientation = 1 if image.format == "TIFF" else image.getexif().get(_ORIENTATION, 1)
        except InvalidImage:
            raise
        except Exception as error:  # a damaged file makes Pillow raise nearly anything
            text = str(error) or type(error).__name__
            raise InvalidImage(name, f"is truncated or corrupt ({text}); copy or export it again") from error
    return _upright(pixels[:, :, None] if pixels.ndim == 2 else pixels, orientation)


def _refuse_ambiguous(name: str, image: ImageFile) -> None:
    if image.mode in _REFUSED:
        raise InvalidImage(name, _REFUSED[image.mode])
    if image.mode not in {"1", "L", "LA", "P", "PA", "RGB", "RGBA"} and not image.mode.startswith("I;16"):
        raise InvalidImage(name, f"holds samples of an unknown kind ({image.mode}); {_REMEDY}")
    if "transparency" in image.info and bits_of(image) == 16:
        raise InvalidImage(name, "marks one 16-bit colour as transparent; save it without transparency")
    if image.format in {"TIFF", "PNG", "WEBP"} and getattr(image, "n_frames", 1) > 1:
        raise InvalidImage(name, f"holds {image.n_frames} pages or frames; save one image a file")  # type: ignore[attr-defined]


def _plain(image: ImageFile) -> Pixels:
    """Decode what Pillow represents without loss: up to 8 bits a sample, and 16-bit grey."""
    if image.mode.startswith("I;16"):
        return np.asarray(image).astype(np.uint16)
    if image.mode in {"P", "PA"} or "transparency" in image.info:
        return np.asarray(image.convert("RGBA"))
    return np.asarray(image.convert("L") if image.mode == "1" else image)


def _over_white(pixels: Pixels) -> Pixels:
    """Composite (H, W, C + alpha) samples over white; opaque ones stay exactly as they are."""
    colours, alpha = pixels[:, :, :-1], pixels[:, :, -1:]
    top = np.iinfo(pixels.dtype).max
    if (alpha == top).all():
        return colours
    share = alpha.astype(np.float64) / top
    mixed: Pixels = np.rint(colours * share + top * (1 - share)).astype(pixels.dtype)
    return mixed


def _upright(pixels: Pixels, orientation: int) -> Pixels:
    """Undo the rotation and mirroring that EXIF names 2 to 8."""
    if orientation in (5, 6, 7, 8):
        pixels = pixels.transpose(1, 0, 2)
    if orientation in (3, 4, 7, 8):
        pixels = pixels[::-1]
    if orientation in (2, 3, 6, 7):
        pixels = pixels[:, ::-1]
    return pixels
