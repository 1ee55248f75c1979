from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from scipy.ndimage import gaussian_filter

from adfw import pool_maps, resize_maps, smooth_maps

POOLINGS = ["mean", "max", "top", "quantile"]
sides = st.integers(1, 24)


def maps_of(count: int, height: int, width: int, seed: int) -> torch.Tensor:
    return torch.rand(count, height, width, generator=torch.Generator().manual_seed(seed))


@given(sides, sides, sides, sides, st.integers(0, 2**31))
def test_resizing_keeps_the_range_and_constants(height, width, to_height, to_width, seed):
    maps = maps_of(2, height, width, seed)
    resized = resize_maps(maps, (to_height, to_width))
    assert resized.shape == (2, to_height, to_width)
    assert resized.min() >= maps.min() - 1e-6
    assert resized.max() <= maps.max() + 1e-6
    torch.testing.assert_close(
        resize_maps(torch.full_like(maps, 0.7), (to_height, to_width)), torch.full_like(resized, 0.7)
    )


def test_shrinking_loses_no_single_pixel():
    for column in range(16):
        maps = torch.zeros(1, 16, 16)
        maps[0, 5, column] = 1
        assert resize_maps(maps, (4, 4)).max() > 0


def test_resizing_to_the_same_size_changes_nothing():
    maps = maps_of(2, 5, 7, seed=0)
    assert resize_maps(maps, (5, 7)) is maps


@given(sides, sides, st.floats(0.3, 5), st.integers(0, 2**31))
def test_smoothing_equals_scipys_gaussian_with_replicated_border(height, width, sigma, seed):
    maps = maps_of(2, height, width, seed)
    radius = int(np.ceil(4 * sigma))
    expected = [gaussian_filter(one.double().numpy(), sigma, mode="nearest", radius=radius) for one in maps]
    np.testing.assert_allclose(smooth_maps(maps, sigma), np.stack(expected), atol=1e-6)


def test_smoothing_takes_more_planes_than_fit_the_cache():
    maps = maps_of(7, 300, 310, seed=3)
    one_by_one = torch.cat([smooth_maps(one[None], 2) for one in maps])
    assert torch.equal(smooth_maps(maps, 2), one_by_one)
    assert torch.equal(smooth_maps(maps.view(7, 1, 1, 300, 310), 2).flatten(0, 2), one_by_one)


def test_smoothing_keeps_a_defect_at_the_border():
    maps = torch.ones(1, 9, 9)
    torch.testing.assert_close(smooth_maps(maps, 2), maps)


def test_sigma_zero_changes_nothing_and_a_wrong_sigma_is_refused():
    maps = maps_of(1, 4, 4, seed=0)
    assert torch.equal(smooth_maps(maps, 0), maps)
    for sigma in (-1, float("nan"), float("inf")):
        with pytest.raises(ValueError, match="sigma is a number of pixels"):
            smooth_maps(maps, sigma)


@pytest.mark.parametrize("share", [1e-9, 0.01, 0.02, 0.021, 0.5, 1.0])
def test_top_takes_the_share_rounded_up(share):
    values = torch.arange(49.0).reshape(1, 7, 7)
    count = max(1, int(np.ceil(share * 49)))
    assert pool_maps(values, "top", share=share).item() == pytest.approx(np.mean(range(49 - count, 49)))


@given(sides, sides, st.floats(0, 1), st.integers(0, 2**31))
def test_quantile_equals_numpys(height, width, q, seed):
    maps = maps_of(3, height, width, seed)
    expected = np.quantile(maps.double().numpy().reshape(3, -1), q, axis=1)
    np.testing.assert_allclose(pool_maps(maps, "quantile", q=q), expected, atol=1e-6)


def test_quantile_takes_more_elements_than_torchs():
    big = torch.zeros(1, 1).expand(5000, 3400).unsqueeze(0)  # 17 million pixels
    assert big.numel() > 2**24
    assert pool_maps(big, "quantile", q=0.9999).item() == 0


def test_quantile_of_infinite_pixels_is_no_nan():
    maps = torch.tensor([[[0.0, 1.0, torch.inf, torch.inf]]])
    assert pool_maps(maps, "quantile", q=0.9).item() == torch.inf
    assert pool_maps(maps, "quantile", q=1 / 3).item() == pytest.approx(1.0)


@pytest.mark.parametrize("pooling", POOLINGS)
def test_one_nan_pixel_makes_its_own_score_nan(pooling):
    maps = maps_of(3, 8, 8, seed=1)
    maps[1, 2, 3] = torch.nan
    assert pool_maps(maps, pooling, q=0.5).isnan().tolist() == [False, True, False]


@pytest.mark.parametrize("pooling", POOLINGS)
def test_empty_batches_and_empty_maps(pooling):
    assert pool_maps(torch.zeros(0, 4, 4), pooling).shape == (0,)
    assert resize_maps(smooth_maps(torch.zeros(0, 4, 4), 1), (8, 8)).shape == (0, 8, 8)
    with pytest.raises(ValueError, match="no pixel"):
        pool_maps(torch.zeros(2, 0, 4), pooling)


def test_wrong_poolings_are_refused_in_a_sentence():
    maps = torch.zeros(1, 2, 2)
    with pytest.raises(ValueError, match="allowed: mean, max, top, quantile"):
        pool_maps(maps, "median")  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="share is a part"):
        pool_maps(maps, "top", share=0)
    with pytest.raises(ValueError, match="q is a quantile"):
        pool_maps(maps, "quantile", q=1.5)
