"""Gives verdicts for image files with an exported detector; needs numpy, Pillow and onnxruntime, and nothing else.

    python inspect_onnx.py [--threshold VALUE] FILE_OR_FOLDER...

Lies in the folder of an export made by `adfw export --to onnx`. Prints a CSV of path, score, threshold, verdict and
fault. Images are decoded by the rules of adfw: EXIF orientation is applied, transparency is laid over white, 16-bit
samples keep their levels, and what is ambiguous is `invalid`, never `normal`.
"""

from __future__ import annotations

import argparse
import csv
import hashlib
import json
import math
import sys
import warnings
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import onnxruntime
from PIL import Image

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

HERE = Path(__file__).resolve().parent
FORMATS = ("PNG", "JPEG", "BMP", "TIFF", "WEBP")
SUFFIXES = {".png", ".jpg", ".jpeg", ".bmp", ".tif", ".tiff", ".webp"}
MAX_PIXELS, MAX_BYTES = 64_000_000, 512 * 1024**2
LUMA = (0.299, 0.587, 0.114)  # ITU-R BT.601


class InvalidImage(Exception):  # noqa: N818
    """An image that must not or cannot be scored."""


class Detector:
    """An export, checked and loaded."""

    def __init__(self, folder: Path = HERE, threshold: float | None = None) -> None:
        check_manifest(folder)
        files = ("export.json", "preprocess.json", "threshold.json")
        export, self.preprocessing, cut = (read_json(folder / name) for name in files)
        if export["format"] != "adfw-export/1" or export["target"] != "onnx":
            raise SystemExit(f"{folder}: is no ONNX export of a format this file knows")
        self.channels = export["inputs"]["images"][1]
        self.threshold, self.review_from = read_cut(cut["cut"])
        if threshold is not None:
            self.threshold, self.review_from = threshold, None
        options = onnxruntime.SessionOptions()
        options.log_severity_level = 3  # errors
        self.session = onnxruntime.InferenceSession(folder / export["file"], options, ["CPUExecutionProvider"])

    def inspect(self, path: Path | str) -> tuple[float, str, str]:
        """Return (score, verdict, fault) of one file; the score is NaN where the verdict is invalid."""
        try:
            image, levels = to_input(decode(path), self.preprocessing, self.channels)
        except InvalidImage as error:
            return math.nan, "invalid", f"{path}: {error}"
        inputs = {"images": image[None], "levels": np.array([levels], np.float32)}
        score = float(self.session.run(["scores"], inputs)[0][0])
        if math.isnan(score):
            return score, "invalid", f"{path}: its score is not a number"
        return score, self.decide(score), ""

    def decide(self, score: float) -> str:
        """Return the verdict of a finite or infinite score; both are float64."""
        if score >= self.threshold:
            return "anomalous"
        return "review" if self.review_from is not None and score >= self.review_from else "normal"


def read_json(path: Path) -> Any:
    """Return a JSON file's value."""
    return json.loads(path.read_text(encoding="utf-8"))


def check_manifest(folder: Path) -> None:
    """End the program where a file is not the one that was exported."""
    for path, entry in ((folder / name, entry) for name, entry in read_json(folder / "manifest.json")["files"].items()):
        if not path.is_file() or hashlib.sha256(path.read_bytes()).hexdigest() != entry["sha256"]:
            raise SystemExit(f"{path}: is missing or damaged; take an undamaged copy of the export")


def read_cut(cut: dict[str, Any]) -> tuple[float, float | None]:
    """Return the threshold, bit by bit, and from where a human is to look, or None."""
    value = {"never": math.inf, "always": -math.inf}.get(cut["kind"])
    value = float.fromhex(cut["exact"]) if value is None else value
    return value, None if cut["review_from"] is None else float.fromhex(cut["review_from"])


def decode(path: Path | str) -> np.ndarray:
    """Return (C, H, W) uint8 or uint16 samples, C 1 or 3, upright, without transparency."""
    data = read_bytes(Path(path))
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            image = Image.open(BytesIO(data), formats=FORMATS)
    except Exception as error:
        raise InvalidImage(f"is no readable image; allowed: {', '.join(FORMATS)}") from error
    if image.size[0] * image.size[1] > MAX_PIXELS:
        raise InvalidImage(f"has more pixels than the limit of {MAX_PIXELS:,}; scale it down")
    with image:
        try:
            refuse_ambiguous(image)
            deep = bits_of(image) == 16 and not image.mode.startswith("I;16")  # Pillow would give 8 of the 16
            pixels = decode_deep_colour(data, image) if deep else decode_plain(image)
            orientation = 1 if image.format == "TIFF" else image.getexif().get(0x0112, 1)
        except InvalidImage:
            raise
        except Exception as error:  # a damaged file makes Pillow raise nearly anything
            raise InvalidImage(f"is truncated or corrupt ({error})") from error
    pixels = upright(pixels[:, :, None] if pixels.ndim == 2 else pixels, orientation)
    return np.ascontiguousarray((over_white(pixels) if pixels.shape[2] in (2, 4) else pixels).transpose(2, 0, 1))


def read_bytes(path: Path) -> bytes:
    """Return a file's content."""
    try:
        if path.stat().st_size > MAX_BYTES:
            raise InvalidImage(f"has more bytes than the limit of {MAX_BYTES:,}; save it smaller")
        data = path.read_bytes()
    except OSError as error:
        raise InvalidImage(f"cannot be read ({error.strerror or error})") from error
    if not data:
        raise InvalidImage("the file is empty (0 bytes)")
    return data


def bits_of(image: Any) -> int:
    """Return the bits of one sample in the file, which Pillow's mode does not tell for 16-bit colour."""
    if image.format == "TIFF":
        return int(max(image.tag_v2.get(258, (1,))))
    if image.format == "PNG" and image.fp is not None:
        place = image.fp.tell()
        image.fp.seek(24)
        depth = image.fp.read(1)[0]
        image.fp.seek(place)
        return int(depth)
    return 8


def refuse_ambiguous(image: Any) -> None:
    """Raise InvalidImage for samples whose range or place is unknown."""
    if image.mode not in {"1", "L", "LA", "P", "PA", "RGB", "RGBA"} and not image.mode.startswith("I;16"):
        raise InvalidImage(f"holds samples of a kind with unknown meaning ({image.mode}); save it as grey or RGB")
    if "transparency" in image.info and bits_of(image) == 16:
        raise InvalidImage("marks one 16-bit colour as transparent; save it without transparency")
    if image.format in {"TIFF", "PNG", "WEBP"} and getattr(image, "n_frames", 1) > 1:
        raise InvalidImage(f"holds {image.n_frames} pages or frames; save one image a file")


def decode_plain(image: Any) -> np.ndarray:
    """Return what Pillow represents without loss: up to 8 bits a sample, and 16-bit grey."""
    if image.mode.startswith("I;16"):
        return np.asarray(image).astype(np.uint16)
    if image.mode in {"P", "PA"} or "transparency" in image.info:
        return np.asarray(image.convert("RGBA"))
    return np.asarray(image.convert("L") if image.mode == "1" else image)


def decode_deep_colour(data: bytes, image: Any) -> np.ndarray:
    """Return (H, W, C) uint16 samples: Pillow gives the high bytes, and the low ones if told another byte order."""
    raw = " and ".join({str(t.args[0] if isinstance(t.args, tuple) else t.args) for t in image.tile})
    if raw == "LA;16B" and image.format == "PNG":
        pairs = unpacked(data, "RGBA")
        return np.asarray(pairs[:, :, 0::2] * 256 + pairs[:, :, 1::2])
    if raw[:-1] not in {"RGB;16", "RGBA;16"}:
        raise ValueError(f"16-bit samples in an order that cannot be decoded, {raw}")
    order = raw[-1].replace("N", "L" if sys.byteorder == "little" else "B")
    low = unpacked(data, raw[:-1] + ("B" if order == "L" else "L"))
    return np.asarray(unpacked(data, raw) * 256 + low)


def unpacked(data: bytes, raw: str) -> np.ndarray:
    """Open an image again and have its samples unpacked in another order."""
    with Image.open(BytesIO(data), formats=FORMATS) as image:
        tiles = [(tile, tile.args) for tile in image.tile]
        image.tile = [tile._replace(args=(raw, *args[1:]) if isinstance(args, tuple) else raw) for tile, args in tiles]
        return np.asarray(image).astype(np.uint16)


def over_white(pixels: np.ndarray) -> np.ndarray:
    """Lay samples with transparency over white."""
    colours, alpha, top = pixels[:, :, :-1], pixels[:, :, -1:], np.iinfo(pixels.dtype).max
    if (alpha == top).all():
        return colours
    share = alpha.astype(np.float64) / top
    return np.asarray(np.rint(colours * share + top * (1 - share)), pixels.dtype)


def upright(pixels: np.ndarray, orientation: int) -> np.ndarray:
    """Undo the rotation and mirroring that EXIF names 2 to 8."""
    if orientation in (5, 6, 7, 8):
        pixels = pixels.transpose(1, 0, 2)
    if orientation in (3, 4, 7, 8):
        pixels = pixels[::-1]
    return pixels[:, ::-1] if orientation in (2, 3, 6, 7) else pixels


def to_input(pixels: np.ndarray, preprocessing: dict[str, Any], channels: int) -> tuple[np.ndarray, int]:
    """Return the (C, H, W) float32 image in [0, 1] that the graph takes, and the levels of the grid it came from."""
    image = np.divide(pixels, np.float32(np.iinfo(pixels.dtype).max), dtype=np.float32)
    levels = 255 if (np.rint(image * np.float32(255)) / np.float32(255) == image).all() else 65_535
    depth = preprocessing["bit_depth"]
    if depth is not None:
        top, brightest = (1 << depth) - 1, round(float(image.max()) * 65_535)
        if (levels == 255 and brightest > 0) or brightest > top:
            raise InvalidImage(f"does not fit preprocessing.bit_depth {depth}")
        image, levels = image * np.float32(65_535 / top), 65_535
    if preprocessing["color"] == "grey" and len(image) == 3:
        red, green, blue = (band * np.float32(share) for band, share in zip(image, LUMA, strict=True))
        image = (red + green + blue)[None]
    return np.ascontiguousarray(np.broadcast_to(image, (channels, *image.shape[1:]))), levels


def number(text: str) -> float:
    """Return a float64 written in decimal or hexadecimal."""
    return float.fromhex(text) if "0x" in text.lower() else float(text)


def files(words: Sequence[str]) -> Iterator[Path]:
    """Yield files, and the images in folders."""
    for word in map(Path, words):
        if word.is_dir():
            yield from sorted(path for path in word.rglob("*") if path.suffix.lower() in SUFFIXES)
        else:
            yield word


def main() -> None:
    """Read the command line and print a row for each image."""
    parser = argparse.ArgumentParser(description="Verdicts for image files.")
    parser.add_argument("paths", nargs="+")
    parser.add_argument("--threshold", type=number, help="decide by this number (or 0x hexadecimal) instead")
    words = parser.parse_args()
    detector = Detector(threshold=words.threshold)
    table = csv.writer(sys.stdout, lineterminator="\n")
    table.writerow(("path", "score", "threshold", "verdict", "fault"))
    for path in files(words.paths):
        score, verdict, fault = detector.inspect(path)
        table.writerow((path, "" if math.isnan(score) else score, detector.threshold, verdict, fault))


if __name__ == "__main__":
    main()
