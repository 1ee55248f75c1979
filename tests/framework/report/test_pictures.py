from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
import torch
from PIL import Image

from adfw.interfaces import Sample
from adfw.report.pictures import kind_of, shared_scale, write_gallery_item, write_thumbnail

if TYPE_CHECKING:
    from pathlib import Path

    from adfw.report.document import GalleryItem

HEIGHT, WIDTH = 30, 50


def defective(channels: int = 3, identity: str = "test/crack/001.png") -> Sample:
    mask = torch.zeros(HEIGHT, WIDTH, dtype=torch.bool)
    mask[10:20, 20:30] = True
    return Sample(identity, torch.full((channels, HEIGHT, WIDTH), 0.5), 1, "crack", mask)


def written(sample: Sample, folder: Path, anomaly_map: torch.Tensor | None = None) -> GalleryItem:
    heat = torch.zeros(8, 8) if anomaly_map is None else anomaly_map
    return write_gallery_item(sample, torch.rand(1, 16, 16), heat, (0.25, "normal"), folder, map_scale=1.0)


@pytest.mark.parametrize("shape", [(1, 300, 200), (3, 40, 500)])
def test_a_thumbnail_keeps_its_shape_within_128_pixels(shape: tuple[int, int, int], tmp_path: Path) -> None:
    write_thumbnail(torch.rand(shape), tmp_path / "deep" / "one.jpg")
    with Image.open(tmp_path / "deep" / "one.jpg") as picture:
        assert max(picture.size) == 128
        assert picture.width / picture.height == pytest.approx(shape[2] / shape[1], rel=0.06)


def test_a_small_image_is_not_enlarged(tmp_path: Path) -> None:
    write_thumbnail(torch.rand(1, 20, 10), tmp_path / "one.jpg")
    with Image.open(tmp_path / "one.jpg") as picture:
        assert picture.size == (10, 20)


@pytest.mark.parametrize("channels", [1, 3])
def test_gallery_pictures_have_the_original_resolution(channels: int, tmp_path: Path) -> None:
    item = written(defective(channels), tmp_path)
    for path in (item.image, item.overlay, item.mask_outline):
        with Image.open(tmp_path / path) as picture:
            assert picture.size == (WIDTH, HEIGHT)
    with Image.open(tmp_path / item.expected) as picture:
        assert picture.size == (16, 16)


def test_an_item_says_what_became_of_the_image(tmp_path: Path) -> None:
    item = written(defective(), tmp_path)
    assert (item.kind, item.defect, item.score, item.verdict, item.map_scale) == ("miss", "crack", 0.25, "normal", 1.0)


@pytest.mark.parametrize(
    ("label", "verdict", "kind"),
    [
        (1, "normal", "miss"),
        (1, "anomalous", "caught"),
        (1, "review", "caught"),
        (0, "invalid", "false_alarm"),
        (0, "anomalous", "false_alarm"),
        (0, "normal", "passed"),
        (1, "", "miss"),
    ],
)
def test_kinds(label: int, verdict: str, kind: str) -> None:
    assert kind_of(label, verdict) == kind


def test_the_outline_surrounds_the_mask_and_hides_none_of_it(tmp_path: Path) -> None:
    sample = defective()
    assert sample.mask is not None
    with Image.open(tmp_path / written(sample, tmp_path).mask_outline) as picture:
        drawn = np.array(picture.convert("RGBA"))[..., 3] > 0
    assert not (drawn & sample.mask.numpy()).any()
    assert drawn[9, 20:30].all()
    assert drawn[10:20, 30].all()
    assert not drawn[:7].any()


def test_a_mask_at_the_border_is_outlined_too(tmp_path: Path) -> None:
    mask = torch.zeros(HEIGHT, WIDTH, dtype=torch.bool)
    mask[:5, :5] = True
    item = written(Sample("a", torch.zeros(1, HEIGHT, WIDTH), 1, "crack", mask), tmp_path)
    with Image.open(tmp_path / item.mask_outline) as picture:
        assert np.array(picture.convert("RGBA"))[5, :5, 3].all()


@pytest.mark.parametrize("mask", [None, torch.zeros(HEIGHT, WIDTH, dtype=torch.bool)])
def test_no_mask_no_outline(mask: torch.Tensor | None, tmp_path: Path) -> None:
    assert written(Sample("a", torch.zeros(1, HEIGHT, WIDTH), 0, "", mask), tmp_path).mask_outline == ""


def test_no_expected_image_no_picture_of_it(tmp_path: Path) -> None:
    item = write_gallery_item(defective(), None, torch.zeros(8, 8), (0.1, "normal"), tmp_path)
    assert item.expected == ""


def test_the_overlay_colours_only_what_is_suspicious(tmp_path: Path) -> None:
    heat = torch.zeros(HEIGHT, WIDTH)
    heat[:, : WIDTH // 2] = 1.0
    with Image.open(tmp_path / written(defective(), tmp_path, heat).overlay) as picture:
        pixels = np.array(picture).astype(int)
    colourful = pixels.max(-1) - pixels.min(-1)
    assert colourful[:, 5:20].min() > 60
    assert colourful[:, 30:].max() < 12
    assert abs(pixels[:, 30:].mean() - 127.5) < 3


def test_a_map_of_zeros_leaves_the_image_grey(tmp_path: Path) -> None:
    item = write_gallery_item(defective(), None, torch.zeros(8, 8), (0.1, "normal"), tmp_path)
    assert item.map_scale == 0.0
    with Image.open(tmp_path / item.overlay) as picture:
        assert abs(np.array(picture).mean() - 127.5) < 2


def test_ids_that_look_alike_get_files_of_their_own(tmp_path: Path) -> None:
    ids = ["a b/ü.png", "a_b/ü.png", "../../up.png", "<script>.png", "x" * 300]
    items = [written(defective(identity=identity), tmp_path) for identity in ids]
    assert len({item.image for item in items}) == len(ids)
    assert all((tmp_path / item.image).resolve().parent == tmp_path.resolve() / "gallery" for item in items)


def test_a_shared_scale_ignores_single_hot_pixels() -> None:
    maps = torch.ones(4, 100, 100)
    maps[0, 0, 0] = 1000.0
    assert shared_scale(maps) == 1.0
