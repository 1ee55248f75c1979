"""SSIM and MS-SSIM against their definitions in float64, and the traps of careless implementations."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from scipy.ndimage import gaussian_filter

from adfw import Evidence
from adfw_plugins.scorers import MsSsimConfig, SsimConfig
from adfw_plugins.scorers.ssim import WEIGHTS, multi_scale, structural

SIDE = st.integers(1, 32)


def pair(height: int, width: int, seed: int, *, level: float = 0.5, contrast: float = 0.5):
    source = torch.Generator().manual_seed(seed)
    one, other = (level + contrast * (torch.rand((1, 1, height, width), generator=source) - 0.5) for _ in range(2))
    return one, other


def by_definition(one: torch.Tensor, other: torch.Tensor) -> np.ndarray:
    """Return (H, W) SSIM as Wang et al. 2004 define it, in float64, with the border replicated."""
    x, y = (side[0, 0].double().numpy() for side in (one, other))

    def mean(plane):
        return gaussian_filter(plane, 1.5, mode="nearest", radius=5)

    mu, nu = mean(x), mean(y)
    variances = (
        mean((x - x.mean()) ** 2) - mean(x - x.mean()) ** 2 + mean((y - y.mean()) ** 2) - mean(y - y.mean()) ** 2
    )
    covariance = mean((x - x.mean()) * (y - y.mean())) - mean(x - x.mean()) * mean(y - y.mean())
    c1, c2 = 0.01**2, 0.03**2
    return (2 * mu * nu + c1) * (2 * covariance + c2) / ((mu**2 + nu**2 + c1) * (variances + c2))


@given(SIDE, SIDE, st.integers(0, 1000), st.sampled_from([0.02, 0.2, 0.9]))
def test_ssim_is_the_definition(height, width, seed, contrast):
    one, other = pair(height, width, seed, contrast=contrast)
    np.testing.assert_allclose(1 - structural(one, other)[0], by_definition(one, other), atol=2e-6)


def test_a_low_contrast_image_keeps_its_digits():
    one, other = pair(64, 64, 0, level=0.7, contrast=0.04)
    error = np.abs(1 - structural(one, other)[0].numpy() - by_definition(one, other)).max()
    assert error < 2e-6  # E[x^2] - E[x]^2 on the plain images loses 6.4e-4


@pytest.mark.parametrize("level", [0.0, 0.3, 0.7, 1.0])
@pytest.mark.parametrize("scorer", [SsimConfig(), MsSsimConfig()])
def test_a_flat_image_equals_itself_exactly(level, scorer):
    image = torch.full((2, 3, 40, 50), level)
    assert scorer.build().maps([Evidence(image, image.clone())], (40, 50)).abs().max() == 0


def test_luminance_and_structure_reach_their_extremes():
    black, white = torch.zeros(1, 1, 16, 16), torch.ones(1, 1, 16, 16)
    assert structural(black, white).min() == pytest.approx(1, abs=1e-3)
    stripes = (torch.arange(16) % 2).float().expand(1, 1, 16, 16)
    assert structural(stripes, 1 - stripes)[0, 8, 8] == pytest.approx(2, abs=0.01)


def test_images_smaller_than_the_window_are_taken():
    one, other = torch.rand(2, 1, 3, 4), torch.rand(2, 1, 3, 4)
    for function in (structural, multi_scale):
        assert function(one, other).shape == (2, 3, 4)


def test_one_scale_of_ms_ssim_is_ssim():
    one, other = pair(20, 20, 1, contrast=0.3)
    blurred = 0.8 * one + 0.2 * other
    np.testing.assert_allclose(multi_scale(one, blurred), structural(one, blurred), atol=1e-5)


def test_ms_ssim_is_the_weighted_product_of_its_scales():
    one, other = pair(44, 48, 2, contrast=0.3)
    blurred = 0.9 * one + 0.1 * other
    halved = [torch.nn.functional.avg_pool2d(side, 2) for side in (one, blurred)]
    luminance_free = by_contrast(one, blurred)
    weights = np.array(WEIGHTS[:3]) / sum(WEIGHTS[:3])
    quartered = [torch.nn.functional.avg_pool2d(side, 2) for side in halved]
    maps = [luminance_free, by_contrast(*halved), by_definition(*quartered)]
    enlarged = [
        torch.nn.functional.interpolate(torch.tensor(one)[None, None], (44, 48), mode="bilinear")[0, 0] for one in maps
    ]
    expected = 1 - np.prod([one.numpy() ** weight for one, weight in zip(enlarged, weights, strict=True)], axis=0)
    np.testing.assert_allclose(multi_scale(one, blurred)[0], expected, atol=2e-3)


def by_contrast(one: torch.Tensor, other: torch.Tensor) -> np.ndarray:
    """Return the contrast-structure factor: SSIM without luminance."""
    x, y = (side[0, 0].double().numpy() for side in (one, other))
    mu, nu = (gaussian_filter(side, 1.5, mode="nearest", radius=5) for side in (x, y))
    return by_definition(one, other) * (mu**2 + nu**2 + 0.01**2) / (2 * mu * nu + 0.01**2)


def test_negative_structure_counts_as_no_similarity():
    stripes = (torch.arange(64) % 2).float().expand(1, 1, 64, 64)
    assert multi_scale(stripes, 1 - stripes).isfinite().all()
    assert multi_scale(stripes, 1 - stripes)[0, 32, 32] == pytest.approx(1, abs=1e-3)
