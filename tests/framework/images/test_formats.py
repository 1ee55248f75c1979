from __future__ import annotations

import os
from io import BytesIO
from typing import TYPE_CHECKING

import numpy as np
import pytest
from PIL import Image

from adfw import DatasetError, ImageHeader, ImageLimits, InvalidImage, decode_image, list_images, read_header

if TYPE_CHECKING:
    from pathlib import Path


def save(path: Path, mode: str = "L", size: tuple[int, int] = (6, 4)) -> Path:
    Image.new(mode, size).save(path)
    return path


@pytest.mark.parametrize(
    ("name", "mode", "bits"),
    [("a.png", "L", 8), ("a.png", "RGB", 8), ("a.png", "I;16", 16), ("a.png", "1", 1), ("a.jpg", "RGB", 8),
     ("a.bmp", "RGB", 8), ("a.tif", "L", 8), ("a.tif", "I;16", 16), ("a.webp", "RGB", 8)],
)  # fmt: skip
def test_header_tells_size_mode_and_depth(tmp_path: Path, name: str, mode: str, bits: int) -> None:
    header = read_header(save(tmp_path / name, mode))
    kind = {"png": "PNG", "jpg": "JPEG", "bmp": "BMP", "tif": "TIFF", "webp": "WEBP"}[name.split(".")[1]]
    assert header == ImageHeader(6, 4, mode, bits, kind)


def test_header_tells_the_depth_of_colour_that_pillow_reduces(png, tiff, deep) -> None:
    assert read_header(png(deep(3))) == ImageHeader(128, 16, "RGB", 16, "PNG")
    assert read_header(tiff(deep(3))) == ImageHeader(128, 16, "RGB", 16, "TIFF")


def test_content_decides_not_the_suffix(tmp_path: Path) -> None:
    disguised = save(tmp_path / "really.png").rename(tmp_path / "called.jpg")
    assert read_header(disguised).format == "PNG"


@pytest.mark.parametrize("name", ["a.gif", "a.ppm", "a.ico", "a.tga", "a.pdf"])
def test_other_formats_are_refused_whatever_they_are_called(tmp_path: Path, name: str) -> None:
    path = save(tmp_path / name, "RGB").rename(tmp_path / "a.png")
    with pytest.raises(InvalidImage, match=r"a\.png: is no readable image; allowed: PNG, JPEG, BMP, TIFF, WEBP"):
        read_header(path)


def test_a_bomb_is_refused_on_its_header(tmp_path: Path, png, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "bomb.png"
    path.write_bytes(png(np.zeros((9000, 9000, 1), np.uint8)))
    assert path.stat().st_size < 100_000
    monkeypatch.setattr("PIL.ImageFile.ImageFile.load", lambda _: pytest.fail("the bomb was decoded"))
    with pytest.raises(InvalidImage, match=r"bomb\.png: 9000 x 9000 = 81,000,000 pixels are more than the limit"):
        decode_image(path)


@pytest.mark.parametrize("side", [10_000, 20_000])
def test_bombs_that_pillow_warns_of_or_refuses_are_the_same_error(side: int) -> None:
    stream = BytesIO()
    Image.new("1", (1, 1)).save(stream, "BMP")
    data = bytearray(stream.getvalue())
    data[18:26] = side.to_bytes(4, "little") * 2
    with pytest.raises(InvalidImage, match="pixels"):
        decode_image(bytes(data))


def test_limits_are_the_callers(tmp_path: Path) -> None:
    path = save(tmp_path / "a.png", size=(10, 10))
    assert read_header(path, ImageLimits(max_pixels=100)).width == 10
    with pytest.raises(InvalidImage, match="10 x 10 = 100 pixels are more than the limit of 99"):
        read_header(path, ImageLimits(max_pixels=99))
    with pytest.raises(InvalidImage, match="bytes are more than the limit of 20"):
        read_header(path, ImageLimits(max_bytes=20))
    with pytest.raises(InvalidImage, match=r"image: .* bytes are more than the limit of 20"):
        read_header(path.read_bytes(), ImageLimits(max_bytes=20))


def test_empty_and_missing_files_are_named(tmp_path: Path) -> None:
    (tmp_path / "leer.png").touch()
    with pytest.raises(InvalidImage, match=r"leer\.png: the file is empty \(0 bytes\)"):
        read_header(tmp_path / "leer.png")
    with pytest.raises(InvalidImage, match=r"none\.png: cannot be read \(No such file or directory\)"):
        read_header(tmp_path / "none.png")


def test_listing_takes_images_by_suffix_or_content_sorted(tmp_path: Path) -> None:
    for name in ("b.PNG", "a.jpeg", "zero.tif"):
        (tmp_path / name).touch()
    save(tmp_path / "c.png").rename(tmp_path / "without_suffix")
    save(tmp_path / "d.webp").rename(tmp_path / "odd.dat")
    for name in (".hidden.png", "notes.txt", "a.gif"):
        (tmp_path / name).write_bytes(b"GIF89a")
    (tmp_path / "folder.png").mkdir()
    assert [path.name for path in list_images(tmp_path)] == ["a.jpeg", "b.PNG", "odd.dat", "without_suffix", "zero.tif"]


def test_listing_a_missing_folder_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match="nowhere: there is no such folder"):
        list_images(tmp_path / "nowhere")


def test_listing_leaves_out_what_may_not_be_read(tmp_path: Path) -> None:
    locked = tmp_path / "locked.dat"
    locked.write_bytes(b"BM")
    locked.chmod(0)
    expected = [] if not os.access(locked, os.R_OK) else [locked]
    assert list_images(tmp_path) == expected
