"""The other differences against their definitions, several layers, and the order of the poolings."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from scipy.ndimage import prewitt

from adfw import Catalog, Evidence
from adfw.testing import anomaly_maps
from adfw_plugins.scorers import CosineConfig, GradientConfig, L2Config, MaeConfig, MseConfig, adfw_scorers
from adfw_plugins.scorers.pointwise import cosine


def evidence(channels=3, height=7, width=9, seed=0, count=2):
    source = torch.Generator().manual_seed(seed)
    return Evidence(*(torch.rand((count, channels, height, width), generator=source) for _ in range(2)))


def maps(config, layer, size=(7, 9)):
    return config.build().maps([layer], size).numpy()


def test_pointwise_differences_are_their_definitions():
    layer = evidence()
    residual = (layer.observed - layer.expected).double().numpy()
    np.testing.assert_allclose(maps(MseConfig(), layer), (residual**2).mean(1), rtol=1e-5)
    np.testing.assert_allclose(maps(MaeConfig(), layer), np.abs(residual).mean(1), rtol=1e-5)
    np.testing.assert_allclose(maps(L2Config(), layer), np.linalg.norm(residual, axis=1), rtol=1e-5)


def test_cosine_is_one_minus_the_cosine():
    layer = evidence(channels=16)
    expected = 1 - torch.cosine_similarity(layer.observed.double(), layer.expected.double(), dim=1)
    np.testing.assert_allclose(maps(CosineConfig(), layer), expected, atol=1e-6)


@pytest.mark.parametrize("scale", [1e-30, 1e-3, 1e25])
def test_cosine_knows_directions_only(scale):
    one, other = torch.randn(1, 8, 2, 2), torch.randn(1, 8, 2, 2)
    torch.testing.assert_close(cosine(one * scale, other), cosine(one, other), atol=1e-5, rtol=1e-5)


def test_cosine_of_zero_vectors():
    zero, one = torch.zeros(1, 4, 1, 1), torch.ones(1, 4, 1, 1)
    assert cosine(zero, zero).item() == 0
    assert cosine(zero, one).item() == pytest.approx(0.5)


def test_gradient_is_xues_formula():
    layer = evidence(channels=1, height=20, width=24)
    magnitudes = []
    for side in (layer.observed, layer.expected):
        plane = side[0, 0].double().numpy()
        magnitudes.append(np.hypot(prewitt(plane, 0, mode="nearest") / 3, prewitt(plane, 1, mode="nearest") / 3))
    m, n = magnitudes
    similarity = (2 * m * n + 170 / 255**2) / (m**2 + n**2 + 170 / 255**2)
    np.testing.assert_allclose(maps(GradientConfig(), layer, (20, 24))[0], 1 - similarity, atol=1e-6)


def test_half_precision_evidence_is_scored_in_float32():
    layer = Evidence(torch.full((1, 3, 4, 4), 255.0).half(), torch.zeros(1, 3, 4, 4).half())
    assert MseConfig().build().maps([layer], (4, 4)).eq(255.0**2).all()


def test_maps_of_several_layers_are_averaged_at_the_size_asked_for():
    fine, coarse = evidence(height=8, width=8), evidence(height=4, width=4, seed=1)
    scorer = MseConfig().build()
    apart = [scorer.maps([layer], (16, 16)) for layer in (fine, coarse)]
    torch.testing.assert_close(scorer.maps([fine, coarse], (16, 16)), sum(apart) / 2)


def test_smoothing_spreads_a_spike_and_keeps_its_mass():
    one = torch.zeros(1, 1, 33, 33)
    one[0, 0, 16, 16] = 1
    plain, smooth = (MaeConfig(sigma=sigma).build().maps([Evidence(one, one * 0)], (33, 33)) for sigma in (0, 2))
    assert smooth.max() < 0.1 * plain.max()
    assert smooth.sum().item() == pytest.approx(plain.sum().item(), rel=1e-5)


@given(anomaly_maps(), st.lists(st.floats(0.01, 1), min_size=2, max_size=2))
def test_poolings_are_ordered_and_top_falls_with_its_share(drawn, shares):
    small, large = sorted(shares)
    mean, highest = (MaeConfig(pooling=name).build().score(drawn) for name in ("mean", "max"))
    few, many = (MaeConfig(pooling="top", share=share).build().score(drawn) for share in (small, large))
    room = 1e-5 * (1 + highest)
    for low, high in ((mean, many), (many, few), (few, highest)):
        assert (low <= high + room).all()


@pytest.mark.parametrize("config", [MseConfig(), L2Config(pooling="max")])
def test_evidence_that_does_not_fit_is_refused_in_a_sentence(config):
    scorer = config.build()
    with pytest.raises(ValueError, match="there is no evidence to score"):
        scorer.maps([], (4, 4))
    with pytest.raises(ValueError, match=r"tensors of one shape, but these are \(1, 1, 4, 4\) and \(1, 2, 4, 4\)"):
        scorer.maps([Evidence(torch.zeros(1, 1, 4, 4), torch.zeros(1, 2, 4, 4))], (4, 4))


@pytest.mark.parametrize("wrong", [{"pooling": "median"}, {"share": 0}, {"share": 2}, {"q": -1}, {"sigma": -1}])
def test_wrong_fields_are_refused(wrong):
    with pytest.raises(ValueError, match=next(iter(wrong))):
        MseConfig(**wrong)


def test_the_catalog_finds_them():
    names = {config.component_name() for config in adfw_scorers()}
    assert names == {"mse", "mae", "ssim", "ms_ssim", "gradient", "l2", "cosine"}
    assert names <= set(Catalog.discover().of_kind("scorer"))
