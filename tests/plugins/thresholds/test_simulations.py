"""Promises, by simulation with fixed seeds: exchangeable draws from distributions whose true rates are known.

Binormal scores: normal N(0, 1), anomalous N(2.8, 1.2), AUROC 0.963; oracle cost 201 for 1,000 parts.
"""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import binom, norm

from adfw import ScoreTable
from adfw.thresholds.applying import apply_strategies
from adfw.thresholds.intervals import rank_interval
from adfw_plugins.thresholds import (
    ConformalConfig,
    CostWeightedConfig,
    FprAtMostConfig,
    PacConformalConfig,
    PercentileConfig,
    PotConfig,
    PrecisionAtLeastConfig,
    PrOptimalConfig,
    RecallAtLeastConfig,
)

SHIFT, SPREAD = 2.8, 1.2
COSTS = {"false_negative": 100.0, "false_positive": 1.0, "prevalence": 0.01}


def recall(cut: np.ndarray) -> np.ndarray:
    return norm.sf((np.asarray(cut) - SHIFT) / SPREAD)


def cost(cut: np.ndarray) -> np.ndarray:
    """Return the true cost of 1,000 parts."""
    return 1000 * (0.01 * 100 * (1 - recall(cut)) + 0.99 * norm.sf(cut))


def draw(rng: np.random.Generator, normals: int, anomalies: int) -> tuple[np.ndarray, np.ndarray]:
    scores = np.concatenate([rng.normal(size=normals), rng.normal(SHIFT, SPREAD, anomalies)])
    return scores, np.repeat([0, 1], (normals, anomalies))


def cuts(config, normals: int, anomalies: int = 0, repetitions: int = 400) -> np.ndarray:
    rng, threshold = np.random.default_rng(normals), config.build()
    return np.array([threshold.fit(*draw(rng, normals, anomalies)).value for _ in range(repetitions)])


def mean_and_error(values: np.ndarray) -> tuple[float, float]:
    return float(values.mean()), float(values.std() / np.sqrt(len(values)))


@pytest.mark.parametrize(("n", "alpha"), [(20, 0.05), (50, 0.05), (219, 0.01), (219, 0.1)])
def test_conformal_keeps_its_rate_on_average_and_is_not_wasteful(n, alpha):
    mean, error = mean_and_error(norm.sf(cuts(ConformalConfig(alpha=alpha), n, repetitions=1500)))
    assert alpha - 1 / (n + 1) - 4 * error <= mean <= alpha + 4 * error


@pytest.mark.parametrize(
    ("config", "kept"),
    [
        (PacConformalConfig(alpha=0.05), lambda cut: norm.sf(cut) <= 0.05),
        (PacConformalConfig(alpha=0.1, confidence=0.8), lambda cut: norm.sf(cut) <= 0.1),
        (FprAtMostConfig(rate=0.1, certified=True), lambda cut: norm.sf(cut) <= 0.1),
        (RecallAtLeastConfig(rate=0.9, certified=True), lambda cut: recall(cut) >= 0.9),
        (
            PrecisionAtLeastConfig(rate=0.6, prevalence=0.3, certified=True),
            lambda cut: 0.3 * recall(cut) >= 0.6 * (0.3 * recall(cut) + 0.7 * norm.sf(cut)),
        ),
    ],
    ids=["pac", "pac-80", "fpr", "recall", "precision"],
)
def test_certificates_hold_with_their_confidence(config, kept):
    held = kept(cuts(config, 100, 100, repetitions=800))
    least = binom.ppf(0.001, len(held), config.confidence)
    assert held.sum() >= least


def test_without_a_certificate_the_rates_are_broken_half_of_the_time():
    assert 0.3 < (norm.sf(cuts(FprAtMostConfig(rate=0.1), 100)) > 0.1).mean() < 0.7
    assert 0.3 < (recall(cuts(RecallAtLeastConfig(rate=0.9), 100, 100)) < 0.9).mean() < 0.7


@pytest.mark.parametrize(("n", "q"), [(20, 0.95), (50, 0.99), (219, 0.99)])
def test_the_linear_percentile_flags_more_than_asked_as_the_formula_says(n, q):
    rng, threshold = np.random.default_rng(n), PercentileConfig(q=q, method="linear").build()
    labels = np.zeros(n, dtype=np.int64)
    rates = np.array([1 - threshold.fit(rng.uniform(size=n), labels).value for _ in range(1500)])
    mean, error = mean_and_error(rates)
    alpha = 1 - q
    assert mean == pytest.approx(alpha + (1 - 2 * alpha) / (n + 1), abs=4 * error)


@pytest.mark.parametrize(
    ("n", "alpha", "method", "expected"),
    [
        (20, 0.05, "linear", 0.091),
        (20, 0.05, "weibull", 0.048),
        (50, 0.01, "linear", 0.026),
        (100, 0.01, "weibull", 0.010),
        (100, 0.01, "median_unbiased", 0.012),
        (219, 0.01, "higher", 0.014),
        (500, 0.01, "inverted_cdf", 0.012),
    ],
)
def test_the_design_pages_table_of_false_alarm_rates_is_reproduced(n, alpha, method, expected):
    rates = norm.sf(cuts(PercentileConfig(q=1 - alpha, method=method), n, repetitions=1500))
    mean, error = mean_and_error(rates)
    assert mean == pytest.approx(expected, abs=4 * error + 0.0005)


def test_the_promise_of_a_percentile_holds_on_average():
    for n, q in ((30, 0.9), (50, 0.99)):
        mean, error = mean_and_error(norm.sf(cuts(PercentileConfig(q=q), n, repetitions=1500)))
        position = PercentileConfig(q=q).build().position(n)
        assert mean <= 1 - int(position) / (n + 1) + 4 * error


def test_the_tail_model_is_near_its_rate_from_many_scores_and_far_from_few():
    few = norm.sf(cuts(PotConfig(q=1e-3, p0=0.85, extrapolate=True), 219, repetitions=120))
    many = norm.sf(cuts(PotConfig(q=1e-3), 5000, repetitions=60))
    assert 5e-4 < np.median(many) < 2e-3
    assert np.quantile(few, 0.9) / np.quantile(few, 0.1) > 2 * np.quantile(many, 0.9) / np.quantile(many, 0.1)


@pytest.mark.parametrize(("normals", "anomalies"), [(23, 109), (50, 50)])
def test_the_cross_fit_estimate_is_unbiased_and_the_in_sample_one_is_not(normals, anomalies):
    rng, config = np.random.default_rng(5), PrOptimalConfig()
    n, errors, optimism = normals + anomalies, [], []
    ids, split = np.array([f"{i:03d}" for i in range(n)]), np.full(n, "test")

    def f1(hits: float, alarms: float) -> float:
        return 2 * hits / (hits + alarms + anomalies)

    for repetition in range(120):
        scores, labels = draw(rng, normals, anomalies)
        table = ScoreTable(ids, split, labels, np.where(labels == 1, "crack", ""), scores)
        [applied] = apply_strategies([config.build()], table, "cross_fit", repetition)
        true = f1(anomalies * recall(applied.cut.value), normals * norm.sf(applied.cut.value))
        flagged = applied.codes == 2
        errors.append(f1((flagged & (labels == 1)).sum(), (flagged & (labels == 0)).sum()) - true)
        optimism.append(applied.cut.objective - true)
    bias, error = mean_and_error(np.array(errors))
    assert abs(bias) <= 2.5 * error
    assert np.mean(optimism) > 5 * mean_and_error(np.array(optimism))[1]


@pytest.mark.parametrize(
    ("config", "few", "many"),
    [
        (CostWeightedConfig(**COSTS), 219, 208),
        (ConformalConfig(alpha=0.05), 280, 224),
        (PrOptimalConfig(), 313, 208),
        ("raw", 598, 674),
    ],
    ids=str,
)
def test_the_design_pages_cost_table_is_reproduced(config, few, many):
    """Each figure of the page is the mean of 400 repetitions, so both sides have the same noise."""
    for normals, anomalies, expected in ((23, 109, few), (200, 200, many)):
        chosen = config
        if config == "raw":
            chosen = CostWeightedConfig(**COSTS | {"prevalence": anomalies / (normals + anomalies)})
        mean, error = mean_and_error(cost(cuts(chosen, normals, anomalies)))
        assert mean == pytest.approx(expected, abs=4 * np.sqrt(2) * error)
    assert cost(np.linspace(0, 4, 4001)).min() == pytest.approx(201, abs=0.5)


def test_the_interval_of_a_quantile_covers_it():
    rng, level = np.random.default_rng(3), 0.99
    inside = 0
    for _ in range(600):
        low, high = rank_interval(rng.normal(size=200), level)
        inside += low <= norm.ppf(level) < high
    assert inside / 600 >= 0.95 - 3 * np.sqrt(0.05 * 0.95 / 600)
