from __future__ import annotations

import numpy as np
import pytest

from adfw.evaluation import PixelHistogram


def population(random: np.random.Generator, images: int, side: int = 24) -> tuple[np.ndarray, list[np.ndarray | None]]:
    """Return a test set drawn from a population whose images differ in how visible their one defect is."""
    maps = random.exponential(1, (images, side, side)).astype(np.float32)
    masks: list[np.ndarray | None] = [None] * images
    for index in range(images // 4, images):
        mask = np.zeros((side, side), bool)
        row, column = random.integers(0, side - 6, 2)
        mask[row : row + 6, column : column + 6] = True
        maps[index][mask] += np.float32(random.uniform(0, 3))
        masks[index] = mask
    return maps, masks


def counted(maps: np.ndarray, masks: list[np.ndarray | None]) -> PixelHistogram:
    counts = PixelHistogram()
    counts.update(maps, masks)
    return counts


def test_the_intervals_cover_the_figures_of_the_population() -> None:
    random = np.random.default_rng(0)
    truth = {name: figure.value for name, figure in counted(*population(random, 800)).figures().items()}
    covered = dict.fromkeys(truth, 0)
    for _ in range(25):
        for name, figure in counted(*population(random, 32)).figures().items():
            covered[name] += figure.low <= truth[name] <= figure.high
    assert min(covered.values()) >= 20, covered  # of 25; nominal 24, three standard errors below it 20


def test_the_same_images_give_the_same_intervals_in_any_order() -> None:
    maps, masks = population(np.random.default_rng(1), 12)
    order = np.random.default_rng(2).permutation(12)
    shuffled = counted(maps[order], [masks[index] for index in order])
    assert shuffled.figures() == counted(maps, masks).figures()


def test_more_images_give_narrower_intervals() -> None:
    random = np.random.default_rng(3)
    few, many = (counted(*population(random, images)).figures()["aupro_0.30"] for images in (20, 320))
    assert many.high - many.low == pytest.approx((few.high - few.low) / 4, rel=0.4)


def test_a_handful_of_defective_images_has_no_interval() -> None:
    maps, masks = population(np.random.default_rng(4), 8)
    figures = counted(maps[:6], masks[:6]).figures()
    assert {figure.low for figure in figures.values()} == {None}
    assert None not in {figure.value for figure in figures.values()}


def test_maps_too_coarse_for_twelve_bits_have_no_interval() -> None:
    maps, masks = population(np.random.default_rng(5), 12)
    figures = counted(maps + np.float32(30), masks).figures()
    assert figures["pixel_auroc"].value > 0.5
    assert figures["pixel_auroc"].low is None
