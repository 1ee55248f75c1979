from __future__ import annotations

import importlib.util
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from adfw import InvalidScores
from adfw.evaluation import PixelHistogram
from adfw.evaluation.curves import NAMES
from adfw.evaluation.localisation import sortable

_spec = importlib.util.spec_from_file_location("reference", Path(__file__).with_name("reference.py"))
reference = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(reference)

TAILS = {
    "light": lambda random, shape: random.normal(1, 0.2, shape).clip(0),
    "heavy": lambda random, shape: random.standard_cauchy(shape) ** 2,
    "tiny": lambda random, shape: 1e-6 * random.exponential(1, shape),
    "negative": lambda random, shape: random.normal(-3, 1, shape),
}


def scene(seed: int, tail: str, images: int = 6, side: int = 32) -> tuple[np.ndarray, list[np.ndarray | None]]:
    """Return maps and masks: a third of the images normal, the others with a few square defects that score higher."""
    random = np.random.default_rng(seed)
    maps = TAILS[tail](random, (images, side, side)).astype(np.float32)
    masks: list[np.ndarray | None] = []
    for index in range(images):
        mask = np.zeros((side, side), bool)
        for _ in range(random.integers(1, 4)):
            row, column, size = random.integers(0, side - 4), random.integers(0, side - 4), random.integers(1, 9)
            mask[row : row + size, column : column + size] = True
        if index % 3 == 0:
            masks.append(None)
        else:
            masks.append(mask)
            maps[index][mask] += np.float32(np.median(np.abs(maps)) * random.uniform(0.2, 2))
    return maps, masks


def histogram(maps: np.ndarray, masks: list[np.ndarray | None]) -> PixelHistogram:
    counts = PixelHistogram()
    counts.update(maps, masks)
    return counts


def values(counts: PixelHistogram) -> dict[str, float | None]:
    return {name: figure.value for name, figure in counts.figures().items()}


@given(st.integers(0, 10_000), st.sampled_from(sorted(TAILS)))
def test_the_figures_are_near_the_exact_ones(seed: int, tail: str) -> None:
    maps, masks = scene(seed, tail)
    found = values(histogram(maps, masks))
    for name, exact in reference.exact_figures(maps, masks).items():
        assert found[name] == pytest.approx(exact, abs=5e-3), name  # few pixels: one of them weighs up to 1 / 400


@given(st.integers(0, 10_000), st.sampled_from(sorted(TAILS)))
def test_scores_that_the_keys_tell_apart_give_the_exact_figures(seed: int, tail: str) -> None:
    maps, masks = scene(seed, tail)
    coarse = (maps.view(np.uint32) & np.uint32(0xFFFFF000)).view(np.float32)  # what 20 bits hold
    found = values(histogram(coarse, masks))
    for name, exact in reference.exact_figures(coarse, masks).items():
        assert found[name] == pytest.approx(exact, abs=1e-9), name


@pytest.mark.parametrize("tail", ["light", "heavy"])
def test_on_a_whole_test_set_the_error_is_below_the_stated_bound(tail: str) -> None:
    maps, masks = scene(0, tail, images=12, side=256)
    found = values(histogram(maps, masks))
    for name, exact in reference.exact_figures(maps, masks).items():
        assert found[name] == pytest.approx(exact, abs=1e-4), name


@given(st.integers(0, 10_000), st.sampled_from(sorted(TAILS)), st.integers(0, 6))
@settings(max_examples=15)
def test_merging_is_exact_and_has_no_order(seed: int, tail: str, cut: int) -> None:
    maps, masks = scene(seed, tail)
    whole = histogram(maps, masks)
    first, second = histogram(maps[:cut], masks[:cut]), histogram(maps[cut:], masks[cut:])
    for merged in (first + second, second + first):
        for ours, theirs in ((whole, merged), (whole.resamples, merged.resamples)):
            for name, counts in vars(ours).items():
                assert name == "resamples" or np.array_equal(getattr(theirs, name), counts), name


@given(arrays(np.float32, 20, elements=st.floats(width=32, allow_nan=False)))
def test_keys_keep_the_order_of_scores(scores: np.ndarray) -> None:
    keys = sortable(np.sort(scores).reshape(4, 5)).ravel().astype(np.int64)
    assert (np.diff(keys) >= 0).all()
    ordered = np.sort(scores)
    assert (ordered[1:] > ordered[:-1]).tolist() == (np.diff(keys) > 0).tolist()


def test_zero_and_minus_zero_are_tied() -> None:
    assert len(set(sortable(np.array([[0.0, -0.0]], dtype=np.float32)).ravel().tolist())) == 1


def test_regions_are_8_connected() -> None:
    mask = np.eye(8, dtype=bool)
    mask[7, 0] = True  # a diagonal scratch of 8 pixels and a spot of one
    maps = np.where(mask, 0.5, np.linspace(0.4, 0.6, 64).reshape(8, 8)).astype(np.float32)
    maps[7, 0] = 1
    counts = histogram(maps[None], [mask])
    assert counts.regions == 2
    eight, four = (reference.exact_figures(maps[None], [mask], c)["aupro_0.30"] for c in (8, 4))
    assert counts.figures()["aupro_0.30"].value == pytest.approx(eight, abs=2e-3)
    assert abs(eight - four) > 0.1


def test_a_region_of_one_pixel_weighs_as_much_as_a_large_one() -> None:
    mask = np.zeros((16, 16), bool)
    mask[0, 0] = mask[4:12, 4:12] = True
    maps = np.zeros((1, 16, 16), np.float32)
    maps[0, 0, 0] = 1  # only the small region is found, before any false alarm
    figures = histogram(maps, [mask]).figures()
    assert figures["aupro_0.30"].value == pytest.approx(0.5 + 0.5 * 0.15)
    assert figures["pixel_auroc"].value == pytest.approx(0.5 + 0.5 / 65)


def test_perfect_and_constant_maps() -> None:
    mask = np.zeros((16, 16), bool)
    mask[2:5, 2:5] = True
    assert set(values(histogram(mask[None].astype(np.float32), [mask])).values()) == {1.0}
    constant = values(histogram(np.ones((1, 16, 16), np.float32), [mask]))
    assert constant["pixel_auroc"] == pytest.approx(0.5)
    assert constant["aupro_0.30"] == pytest.approx(0.15)
    assert constant["aupro_0.05"] == pytest.approx(0.025)
    assert constant["pixel_average_precision"] == pytest.approx(9 / 256)


def test_false_alarms_are_counted_on_defective_images_too() -> None:
    mask = np.zeros((10, 10), bool)
    mask[0, 0] = True
    maps = np.zeros((2, 10, 10), np.float32)
    maps[0, 5:] = 1  # 50 of 199 normal pixels score above the defect, all of them on the defective image
    assert values(histogram(maps, [mask, None]))["pixel_auroc"] == pytest.approx(149 / 199 / 2)


@pytest.mark.parametrize(
    ("mask", "words"), [(None, "there are no defective pixels"), (np.ones((4, 4), bool), "there are no normal pixels")]
)
def test_one_kind_of_pixel_alone_is_undefined_with_a_reason(mask: np.ndarray | None, words: str) -> None:
    figures = histogram(np.random.default_rng(0).random((1, 4, 4), np.float32), [mask]).figures()
    assert set(figures) == set(NAMES)
    assert {(figure.value, figure.reason) for figure in figures.values()} == {(None, words)}


def test_no_image_at_all_is_undefined() -> None:
    assert {figure.value for figure in PixelHistogram().figures().values()} == {None}


def test_an_anomalous_image_without_a_mask_is_left_out_and_it_is_said() -> None:
    maps, masks = scene(0, "light")
    expected = values(histogram(maps, masks))
    counts = PixelHistogram()
    counts.update(
        np.concatenate([maps, 9 + maps[:1]]), [*masks, None], labels=[0 if m is None else 1 for m in masks] + [1]
    )
    assert values(counts) == expected
    note = "anomalous images left out for want of a mask: 1"
    assert {figure.reason for figure in counts.figures().values()} == {note}


def test_nan_pixels_and_foreign_mask_sizes_are_refused() -> None:
    maps = np.zeros((1, 4, 6), np.float32)
    with pytest.raises(InvalidScores, match="6 x 4 pixels has a mask of 4 x 6; resize"):
        histogram(maps, [np.ones((6, 4), bool)])
    maps[0, 0, 0] = np.nan
    with pytest.raises(InvalidScores, match="NaN"):
        histogram(maps, [None])
    with pytest.raises(ValueError, match="one mask"):
        histogram(maps, [])


def test_infinite_pixels_rank_highest() -> None:
    mask = np.zeros((4, 4), bool)
    mask[0, 0] = True
    maps = np.zeros((1, 4, 4), np.float32)
    maps[0, 0, 0] = np.inf
    assert set(values(histogram(maps, [mask])).values()) == {1.0}


def test_tensors_and_arrays_count_alike() -> None:
    maps, masks = scene(3, "heavy")
    counts = PixelHistogram()
    counts.update(torch.from_numpy(maps), [None if mask is None else torch.from_numpy(mask) for mask in masks])
    assert counts.figures() == histogram(maps, masks).figures()


@given(st.integers(0, 10_000), st.sampled_from([1.0, 10.0, 100.0, 1000.0]))
def test_where_bins_are_too_coarse_the_figures_are_undefined(seed: int, offset: float) -> None:
    maps, masks = scene(seed, "light")
    maps += np.float32(offset)
    exact = reference.exact_figures(maps, masks)
    for name, figure in histogram(maps, masks).figures().items():
        if figure.value is None:
            assert "large offset" in figure.reason
        elif name != "pixel_average_precision":
            assert figure.value == pytest.approx(exact[name], abs=0.01), name


def test_maps_that_vary_by_a_ten_thousandth_of_their_level_are_too_coarse() -> None:
    maps, masks = scene(0, "light")
    assert {figure.value for figure in histogram(maps + np.float32(10_000), masks).figures().values()} == {None}
