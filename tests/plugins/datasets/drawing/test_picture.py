from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from adfw_plugins.datasets.drawing.defects import DEFECTS
from adfw_plugins.datasets.drawing.picture import Picture, draw

KINDS = sorted(DEFECTS)
SIZE = 128


def pair(defect: str, number: int, size: int = SIZE) -> tuple[Picture, Picture]:
    return draw(size, (0, 1, number)), draw(size, (0, 1, number), defect)


@settings(max_examples=20)
@given(defect=st.sampled_from(KINDS), number=st.integers(0, 10_000), size=st.sampled_from([24, 64, 128, 160]))
def test_outside_the_mask_nothing_is_changed_to_the_bit(defect: str, number: int, size: int) -> None:
    clean, spoilt = pair(defect, number, size)
    assert not clean.mask.any()
    assert np.array_equal(clean.pixels[~spoilt.mask], spoilt.pixels[~spoilt.mask])


@pytest.mark.parametrize("defect", KINDS)
def test_inside_the_mask_nearly_everything_is_changed(defect: str) -> None:
    for number in range(6):
        clean, spoilt = pair(defect, number, 256)
        assert 4 <= spoilt.mask.sum() < 0.12 * spoilt.mask.size
        changed = (clean.pixels != spoilt.pixels).any(axis=2)
        assert changed[spoilt.mask].mean() > 0.7


@pytest.mark.parametrize("defect", KINDS)
def test_defects_vary_in_place_size_and_strength(defect: str) -> None:
    drawn = [pair(defect, number, 256) for number in range(8)]
    places = {tuple(np.argwhere(spoilt.mask).mean(axis=0).round()) for _, spoilt in drawn}
    sizes = [spoilt.mask.sum() for _, spoilt in drawn]
    strengths = [np.abs(clean.pixels.astype(int) - spoilt.pixels)[spoilt.mask].mean() for clean, spoilt in drawn]
    assert len(places) == 8
    assert max(sizes) > 1.5 * min(sizes)
    assert max(strengths) > 1.3 * min(strengths)


@pytest.mark.parametrize("size", [16, 33, 128, 200])
def test_any_size_is_drawn_and_shows_the_same_scene(size: int) -> None:
    picture = draw(size, (0, 0, 0))
    assert picture.pixels.shape == (size, size, 3)
    assert picture.pixels.dtype == np.uint8
    places = ((0.5, 0.2), (0.42, 0.8), (0.1, 0.1))
    left, right, corner = (picture.pixels[int(y * size), int(x * size)].astype(int) for y, x in places)
    assert left.max() < 90 < corner.min()
    assert right[0] > right[2] + 30


def test_pictures_of_one_key_are_equal_and_of_others_differ() -> None:
    one, same, other = draw(SIZE, (0, 0, 0)), draw(SIZE, (0, 0, 0)), draw(SIZE, (0, 0, 1))
    assert np.array_equal(one.pixels, same.pixels)
    assert np.abs(one.pixels.astype(int) - other.pixels).mean() > 1


def test_light_and_pose_vary_from_picture_to_picture() -> None:
    pictures = [draw(SIZE, (0, 0, number)).pixels for number in range(12)]
    corners = [picture[:10, :10].mean() for picture in pictures]
    dark = [np.argwhere(picture.max(axis=2) < 60).mean(axis=0) for picture in pictures]
    assert np.ptp(corners) > 3
    assert np.ptp(dark, axis=0).min() > 0.5
