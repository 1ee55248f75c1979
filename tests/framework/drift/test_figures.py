from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import ks_2samp

from adfw.drift.figures import ks_distance, ks_p_value, stability_index


@pytest.mark.parametrize("seed", range(5))
def test_the_distance_is_that_of_scipy(seed) -> None:
    generator = np.random.default_rng(seed)
    one, other = generator.integers(0, 9, 40) / 9, generator.normal(0.5, 0.3, 25)
    assert ks_distance(one, other) == pytest.approx(ks_2samp(one, other).statistic)
    assert ks_p_value(one, other) == pytest.approx(ks_2samp(one, other).pvalue)


def test_the_index_is_zero_for_equals_and_near_its_mean_for_two_samples_of_one_distribution() -> None:
    scores = np.linspace(0, 1, 100)
    assert stability_index(scores, scores) == 0
    found = [stability_index(*np.random.default_rng(seed).normal(size=(2, 400))) for seed in range(200)]
    assert np.mean(found) == pytest.approx(9 * (1 / 400 + 1 / 400), rel=0.15)


def test_the_index_is_finite_and_large_where_nothing_overlaps() -> None:
    assert 3 < stability_index(np.linspace(0, 1, 100), np.linspace(5, 6, 100)) < 20
    assert 0 < stability_index([0.5] * 30, [0.5] * 10) < 0.1
