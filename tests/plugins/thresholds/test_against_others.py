"""The same numbers as numpy, scipy, scikit-learn and MAPIE, where they define the same thing."""

from __future__ import annotations

from typing import get_args

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binom, genpareto
from sklearn.dummy import DummyRegressor
from sklearn.metrics import f1_score, fbeta_score, precision_recall_curve, roc_curve

from adfw import decide
from adfw_plugins.thresholds import ConformalConfig, PacConformalConfig, PercentileConfig, PrOptimalConfig, YoudenConfig
from adfw_plugins.thresholds.normal import Method
from adfw_plugins.thresholds.pot import fit_pareto


def drawn(seed: int, normals: int = 60, anomalies: int = 40, levels: int = 50) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    scores = np.concatenate([rng.integers(0, levels, normals), rng.integers(levels // 3, 2 * levels, anomalies)])
    return scores / 7, np.repeat([0, 1], (normals, anomalies))


@given(seed=st.integers(0, 2**32), n=st.integers(1, 200), q=st.integers(1, 999))
def test_percentiles_are_those_of_numpy(seed, n, q):
    normal = np.random.default_rng(seed).normal(size=n)
    for method in get_args(Method):
        cut = PercentileConfig(q=q / 1000, method=method).build().fit(normal, np.zeros(n, dtype=np.int64))
        at = np.nextafter(cut.value, -np.inf)
        expected = np.quantile(normal, q / 1000, method=method)
        if at == pytest.approx(expected, rel=1e-9, abs=1e-12):
            continue
        # numpy's ranks come from floats: where q n is whole, it may take a neighbour; an exact rank does not
        ranks = (
            (q * n % 1000 == 0) or (q * (n - 1) % 1000 == 0) or (2 * q * (n - 1) % 1000 == 0) or (2 * q * n % 1000 == 0)
        )
        assert ranks, (method, n, q)


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("beta", [0.5, 1.0, 2.0])
def test_the_f_score_is_the_largest_on_scikit_learns_curve(seed, beta):
    scores, labels = drawn(seed)
    precision, recall, _ = precision_recall_curve(labels, scores)
    with np.errstate(invalid="ignore"):
        best = np.nanmax((1 + beta**2) * precision * recall / (beta**2 * precision + recall))
    cut = PrOptimalConfig(beta=beta).build().fit(scores, labels)
    assert cut.objective == pytest.approx(best)
    assert fbeta_score(labels, decide(scores, cut) == "anomalous", beta=beta) == pytest.approx(best)


@pytest.mark.parametrize("seed", range(5))
def test_youden_is_the_largest_on_scikit_learns_roc(seed):
    scores, labels = drawn(seed)
    alarms, recall, _ = roc_curve(labels, scores, drop_intermediate=False)
    assert YoudenConfig().build().fit(scores, labels).objective == pytest.approx((recall - alarms).max())


def test_the_threshold_of_a_separable_set_is_usable_with_scikit_learns_rule():
    scores, labels = np.array([2.3, 1.6, 2.6, 7.9, 3.3]), np.array([0, 0, 0, 1, 1])
    cut = PrOptimalConfig().build().fit(scores, labels)
    assert f1_score(labels, scores >= cut.value) == 1.0


@pytest.mark.parametrize("alpha", [0.05, 0.1, 0.2])
@pytest.mark.parametrize("n", [59, 100, 300])
def test_the_conformal_cut_is_the_half_width_of_mapies_interval(alpha, n):
    mapie = pytest.importorskip("mapie.regression")
    residuals = np.abs(np.random.default_rng(n).normal(size=n))
    zero = DummyRegressor(strategy="constant", constant=0.0).fit([[0.0]], [0.0])
    regressor = mapie.SplitConformalRegressor(estimator=zero, confidence_level=1 - alpha, prefit=True)
    regressor.conformalize(np.zeros((n, 1)), residuals)
    _, interval = regressor.predict_interval([[0.0]])
    cut = ConformalConfig(alpha=alpha).build().fit(residuals, np.zeros(n, dtype=np.int64))
    assert np.nextafter(cut.value, -np.inf) == interval[0, 1, 0]


def test_the_conformal_rank_is_exact_where_floats_are_not():
    alpha, n = 0.285, 199
    assert np.ceil((n + 1) * (1 - alpha)) == 144  # floats
    assert ConformalConfig(alpha=alpha).build().position(n) == 143


def test_pac_ranks_are_those_of_the_design_page_and_the_smallest_there_are():
    ranks = {
        (100, 0.05): 99,
        (219, 0.05): 214,
        (500, 0.05): 484,
        (500, 0.01): 499,
        (1000, 0.05): 962,
        (1000, 0.01): 996,
    }
    for (n, alpha), rank in ranks.items():
        assert PacConformalConfig(alpha=alpha).build().position(n) == rank
        assert binom.cdf(rank - 1, n, 1 - alpha) >= 0.95 > binom.cdf(rank - 2, n, 1 - alpha)


@pytest.mark.parametrize("shape", [-0.3, 0.0, 0.2, 0.6])
def test_the_pareto_fit_is_at_least_as_likely_as_scipys(shape):
    peaks = np.sort(genpareto.rvs(shape, scale=2.0, size=300, random_state=3))
    mine, scale = fit_pareto(peaks)
    theirs = genpareto.fit(peaks, floc=0)
    likelihood = genpareto.logpdf(peaks, mine, scale=scale).sum()
    assert likelihood >= genpareto.logpdf(peaks, theirs[0], scale=theirs[2]).sum() - 1e-6
    assert mine == pytest.approx(theirs[0], abs=0.02)
