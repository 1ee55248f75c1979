from __future__ import annotations

import numpy as np
import pytest
import torch

from adfw import Sample
from adfw.synthetic.defects import VISIBLE, foreground, paste
from adfw.synthetic.noise import octaves, perlin
from adfw.synthetic.samples import PREFIX, pasted_defects
from adfw.synthetic.settings import SyntheticDefects

KINDS = ("texture", "cut_paste", "scar")


def part(side: int = 64, channels: int = 3) -> np.ndarray:
    """Return a dark bar with a bright stripe on a light ground."""
    image = np.full((channels, side, side), 0.9, dtype=np.float32)
    image[:, side // 3 : 2 * side // 3, side // 8 : -side // 8] = 0.2
    image[:, side // 2 - 2 : side // 2 + 2, side // 4 : -side // 4] = 0.7
    return image


def samples(count: int = 4) -> list[Sample]:
    return [Sample(f"train/good/{i}.png", torch.from_numpy(part() - 0.01 * i), 0) for i in range(count)]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("shape", [(1, 64, 64), (3, 33, 50), (1, 4, 4)])
@pytest.mark.parametrize("look", ["plain", "noisy", "part"])
def test_a_defect_can_be_seen_and_changes_nothing_but_what_its_mask_says(kind, shape, look):
    image = {
        "plain": np.full(shape, 0.5 if shape[0] == 1 else 1.0, dtype=np.float32),
        "noisy": np.random.default_rng(0).random(shape, dtype=np.float32),
        "part": part()[: shape[0], : shape[1], : shape[2]],
    }[look]
    before = image.copy()
    for seed in range(12):
        made = paste(image, kind, SyntheticDefects(), np.random.default_rng(seed))
        assert (image == before).all()
        assert (made.image.dtype, made.image.shape, made.mask.shape) == (np.float32, image.shape, image.shape[1:])
        assert made.image.min() >= 0
        assert made.image.max() <= 1
        assert (made.image[:, ~made.mask] == image[:, ~made.mask]).all()
        changed = np.abs(made.image - image)[:, made.mask].mean()
        assert changed >= VISIBLE or (look == "plain" and image[0, 0, 0] == 0.5)


def test_where_nothing_can_be_seen_of_a_piece_of_a_plain_image_its_colours_are_turned_over():
    white = np.ones((1, 32, 32), dtype=np.float32)
    made = paste(white, "cut_paste", SyntheticDefects(opacity=(0.01, 0.01)), np.random.default_rng(0))
    assert (made.image[:, made.mask] < 0.8).all()


@pytest.mark.parametrize("kind", KINDS)
def test_a_defect_is_as_large_as_the_settings_say_and_lies_on_the_part(kind):
    image, settings = part(128), SyntheticDefects(area=(0.01, 0.04))
    masks = [paste(image, kind, settings, np.random.default_rng(seed)).mask for seed in range(30)]
    shares = np.array([mask.mean() for mask in masks])
    assert shares.min() > 0.003
    assert shares.max() < 0.045
    assert all((mask & foreground(image)).any() for mask in masks)


def test_a_fainter_opacity_changes_less():
    image = part()
    faint, strong = (
        np.mean(
            [
                np.abs(
                    paste(image, "texture", SyntheticDefects(opacity=ends), np.random.default_rng(s)).image - image
                ).sum()
                for s in range(30)
            ]
        )
        for ends in ((0.2, 0.3), (0.9, 1.0))
    )
    assert faint < 0.7 * strong


def test_the_part_is_what_differs_from_the_border():
    assert 0.2 < foreground(part()).mean() < 0.3
    assert foreground(np.full((1, 8, 8), 0.4, dtype=np.float32)).all()


@pytest.mark.parametrize("period", [2.0, 7.3, 40.0])
def test_noise_is_smooth_within_bounds_and_zero_at_the_corners_of_its_grid(period):
    field = perlin((60, 45), period, np.random.default_rng(1))
    assert field.shape == (60, 45)
    assert np.abs(field).max() <= 1
    assert abs(field[0, 0]) < 1e-12
    assert np.abs(np.diff(field, axis=0)).max() < 4 / period
    assert octaves((5, 9), 3, np.random.default_rng(0)).std() > 0


def test_samples_are_labelled_as_drawn_with_masks_and_without_the_path_of_a_file():
    pasted = pasted_defects(samples(), SyntheticDefects(), 0)
    assert len(pasted) == 12
    assert [sample.defect for sample in pasted[:3]] == [PREFIX + kind for kind in KINDS]
    assert len({sample.id for sample in pasted}) == 12
    for sample in pasted:
        assert (sample.label, sample.path) == (1, None)
        assert "#synthetic-" in sample.id
        assert sample.mask.any()


def test_the_same_seed_gives_the_same_images_in_any_order_and_company():
    first, again = (pasted_defects(samples(), SyntheticDefects(), 3) for _ in range(2))
    backwards = [again[index] for index in reversed(range(len(again)))][::-1]
    assert all(torch.equal(a.image, b.image) for a, b in zip(first, backwards, strict=True))
    alone = pasted_defects(samples()[:1], SyntheticDefects(), 3)
    assert torch.equal(alone[1].image, first[1].image)
    other = pasted_defects(samples(), SyntheticDefects(), 4)
    assert not torch.equal(other[0].image, first[0].image)


def test_a_range_goes_upwards():
    with pytest.raises(ValueError, match=r"a range goes from low to high, not from 0\.5 to 0\.1"):
        SyntheticDefects(area=(0.5, 0.1))
