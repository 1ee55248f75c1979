from __future__ import annotations

import base64
from io import BytesIO
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image

from adfw.report import page_pictures
from adfw.report.document import GalleryItem
from adfw.report.page_pictures import data_uri, gallery_pictures, thumbnails

if TYPE_CHECKING:
    from pathlib import Path

    import pytest


def noise(path: Path, side: int) -> Path:
    pixels = np.random.default_rng(0).integers(0, 256, (side, side, 3), dtype=np.uint8)
    Image.fromarray(pixels).save(path)
    return path


def opened(uri: str) -> Image.Image:
    head, content = uri.split(",", 1)
    assert head in {"data:image/jpeg;base64", "data:image/png;base64"}
    return Image.open(BytesIO(base64.b64decode(content)))


def item(**paths: str) -> GalleryItem:
    return GalleryItem.model_validate(
        {"id": "a", "kind": "miss", "defect": "crack", "score": 1.0, "verdict": "normal", **paths}
    )


def test_a_data_uri_holds_the_file_as_it_is(tmp_path: Path) -> None:
    path = noise(tmp_path / "a.jpg", 20)
    assert base64.b64decode(data_uri(path).split(",")[1]) == path.read_bytes()


def test_a_picture_that_is_gone_is_left_out(tmp_path: Path) -> None:
    assert data_uri(tmp_path / "none.jpg") == ""
    [pictures], _ = gallery_pictures([item(image="none.jpg")], tmp_path)
    assert pictures == {"image": "", "expected": "", "overlay": "", "mask_outline": ""}


def test_small_galleries_stay_whole(tmp_path: Path) -> None:
    noise(tmp_path / "a.jpg", 50)
    [pictures], side = gallery_pictures([item(image="a.jpg")], tmp_path)
    assert side is None
    assert opened(pictures["image"]).size == (50, 50)


def test_large_galleries_are_reduced_until_they_fit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    noise(tmp_path / "a.jpg", 700)
    noise(tmp_path / "a.png", 100)
    monkeypatch.setattr(page_pictures, "GALLERY_BYTES", 400_000)
    [pictures], side = gallery_pictures([item(image="a.jpg", mask_outline="a.png")], tmp_path)
    assert side == 640
    assert opened(pictures["image"]).size == (640, 640)
    assert opened(pictures["mask_outline"]).size == (100, 100)


def test_a_reduced_outline_stays_transparent(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    outline = Image.new("P", (800, 800), 0)
    outline.putpalette([0, 0, 0, 255, 214, 10])
    outline.paste(1, (100, 100, 300, 300))
    outline.info["transparency"] = 0
    outline.save(tmp_path / "a.png")
    monkeypatch.setattr(page_pictures, "GALLERY_BYTES", 0)
    [pictures], side = gallery_pictures([item(image="gone.jpg", mask_outline="a.png")], tmp_path)
    alpha = np.array(opened(pictures["mask_outline"]).convert("RGBA"))[..., 3]
    assert side == 256
    assert alpha.shape == (256, 256)
    assert alpha.min() == 0
    assert alpha.max() == 255


def test_thumbnails_stop_at_the_pages_limit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(page_pictures, "THUMBNAILS", 2)
    noise(tmp_path / "a.jpg", 8)
    paths = dict.fromkeys("bcd", "a.jpg") | {"gone": "gone.jpg"}
    assert list(thumbnails(["a", "d", "c", "b"], paths, tmp_path)) == ["d", "c"]
    assert list(thumbnails(["gone", "b"], paths, tmp_path)) == ["b"]
