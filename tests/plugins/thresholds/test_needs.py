"""What a strategy needs, promises and warns of; what it says when there are too few images."""

from __future__ import annotations

import numpy as np
import pytest
from pydantic import ValidationError

from adfw import Catalog, ThresholdNotIdentifiable, check_scores, decide
from adfw_plugins import thresholds
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
    RejectBandConfig,
    SigmaConfig,
)

COSTS = {"false_negative": 100.0, "false_positive": 1.0, "prevalence": 0.01}


def normals(n: int) -> tuple[np.ndarray, np.ndarray]:
    return np.random.default_rng(n).gamma(2.0, size=n), np.zeros(n, dtype=np.int64)


def both(n: int, anomalies: int) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(n)
    return np.concatenate([rng.normal(size=n), rng.normal(2, 1, anomalies)]), np.repeat([0, 1], (n, anomalies))


def test_every_configuration_is_registered_documented_and_says_what_it_needs():
    entries = Catalog.discover().of_kind("threshold")
    exported = {getattr(thresholds, name) for name in thresholds.__all__}
    assert exported <= {entry.config for entry in entries.values()}
    for config in exported:
        assert "Needs" in config.__doc__
        assert "romise" in config.__doc__


@pytest.mark.parametrize(
    ("config", "scores", "count"),
    [
        (PacConformalConfig(), normals(58), 59),
        (PacConformalConfig(alpha=0.01), normals(298), 299),
        (PacConformalConfig(alpha=0.001), normals(2994), 2995),
        (FprAtMostConfig(rate=0.005, certified=True), normals(597), 598),
        (RecallAtLeastConfig(certified=True), both(5, 58), 59),
        (SigmaConfig(), normals(1), 2),
        (PotConfig(), normals(999), 1000),
        (PotConfig(extrapolate=True), normals(400), 30),
    ],
    ids=str,
)
def test_too_few_scores_are_told_how_many_it_takes(config, scores, count):
    with pytest.raises(ThresholdNotIdentifiable, match=f"it takes (at least )?{count} "):
        config.build().fit(*scores)


def test_just_enough_scores_are_enough():
    for config, scores in (
        (PacConformalConfig(), normals(59)),
        (PacConformalConfig(alpha=0.01), normals(299)),
        (RecallAtLeastConfig(certified=True), both(5, 59)),
        (PotConfig(), normals(1000)),
    ):
        assert config.build().fit(*scores).value < np.inf


def test_too_few_scores_for_a_conformal_rate_flag_nothing_and_say_so():
    cut = ConformalConfig(alpha=0.01).build().fit(*normals(98))
    assert cut.value == np.inf
    assert cut.degenerate
    assert "it takes 99" in cut.warnings[0]
    assert ConformalConfig(alpha=0.01).build().fit(*normals(99)).warnings == ()


def test_a_percentile_from_few_images_says_what_it_cannot_keep():
    cut = PercentileConfig(q=0.99).build().fit(*normals(50))
    assert "it takes 99" in cut.warnings[0]
    assert cut.parameters["expected_false_alarm_rate"] == pytest.approx(1 / 51)
    linear = PercentileConfig(q=0.99, method="linear").build().fit(*normals(50))
    assert linear.parameters["expected_false_alarm_rate"] == pytest.approx(0.01 + (1 - 0.02) / 51)


def test_scores_without_a_spread_or_an_end_have_no_sigma_and_no_tail():
    for robust in (False, True):
        with pytest.raises(ThresholdNotIdentifiable, match="spread"):
            SigmaConfig(robust=robust).build().fit(np.ones(9), np.zeros(9, dtype=np.int64))
    for config in (SigmaConfig(), PotConfig(q=0.1)):
        with pytest.raises(ThresholdNotIdentifiable, match="infinite"):
            config.build().fit(np.array([1.0, 2.0, np.inf]), np.zeros(3, dtype=np.int64))


def test_pot_refuses_a_rate_above_its_tail_and_reports_the_end_of_a_bounded_one():
    with pytest.raises(ThresholdNotIdentifiable, match="p0 of less than"):
        PotConfig(q=0.2, p0=0.9).build().fit(*normals(2000))
    bounded = PotConfig(q=0.01).build().fit(np.random.default_rng(1).uniform(size=2000), np.zeros(2000, dtype=np.int64))
    assert bounded.parameters["xi"] < 0
    assert bounded.value < bounded.parameters["end_point"] == pytest.approx(1.0, abs=0.05)


def test_an_unattainable_precision_names_the_best_there_is():
    with pytest.raises(ThresholdNotIdentifiable, match=r"the best has 0\.\d+"):
        PrecisionAtLeastConfig(rate=0.99, prevalence=0.001).build().fit(np.tile([0.0, 1.0], 20), np.repeat([0, 1], 20))
    with pytest.raises(ThresholdNotIdentifiable, match=r"it takes more of both"):
        PrecisionAtLeastConfig(rate=0.9, prevalence=0.01, certified=True).build().fit(*both(50, 50))


def test_a_cost_without_a_prevalence_is_refused():
    with pytest.raises(ValidationError, match="prevalence"):
        CostWeightedConfig(false_negative=1, false_positive=1)
    with pytest.raises(ValidationError, match="low to high"):
        CostWeightedConfig(false_negative=(5, 1), false_positive=1, prevalence=0.1)
    with pytest.raises(ValidationError, match="costs more than the right decision"):
        CostWeightedConfig(**COSTS, true_negative=2)
    with pytest.raises(ValidationError, match="shares sum to"):
        CostWeightedConfig(**COSTS, shares={"crack": 0.5})


def test_no_unseen_miss_is_taken_for_no_miss():
    scores, labels = np.concatenate([np.arange(50.0), np.arange(100.0, 130.0)]), np.repeat([0, 1], (50, 30))
    cut = CostWeightedConfig(**COSTS).build().fit(scores, labels)
    assert "none of 30 anomalous scores is missed; the miss rate may still be 9.503 %" in cut.warnings[0]


def test_scores_that_do_not_separate_are_told_that_a_trivial_policy_is_as_cheap():
    scores, labels = np.tile(np.arange(20.0), 2), np.repeat([0, 1], 20)
    for miss, policy in ((1, "passing"), (10_000, "rejecting")):
        cut = CostWeightedConfig(**COSTS | {"false_negative": miss}).build().fit(scores, labels)
        assert f"no cut costs less than {policy} every part" in cut.warnings[-1]


def test_dearer_types_of_defect_pull_the_cut_to_themselves():
    scores = np.concatenate([np.arange(100.0), np.arange(120.0, 140.0), np.arange(60.0, 80.0)])
    labels, defects = np.repeat([0, 1], (100, 40)), np.repeat(["", "poke", "crack"], (100, 20, 20))
    plain = CostWeightedConfig(**COSTS | {"false_negative": 1}).build().fit_defects(scores, labels, defects)
    dear = CostWeightedConfig(**COSTS | {"false_negative": 1}, by_defect={"crack": 500}).build()
    cut = dear.fit_defects(scores, labels, defects)
    assert plain.value > 79
    assert (decide(scores[defects == "crack"], cut) == "anomalous").all()
    rare = CostWeightedConfig(
        **COSTS | {"false_negative": 1}, by_defect={"crack": 500}, shares={"crack": 0.001, "poke": 0.999}
    )
    assert rare.build().fit_defects(scores, labels, defects).value > 79
    with pytest.raises(ThresholdNotIdentifiable, match="type 'squeeze'; there are 0"):
        CostWeightedConfig(**COSTS, by_defect={"squeeze": 5}).build().fit_defects(scores, labels, defects)


def test_a_band_is_empty_where_a_referral_costs_too_much():
    scores, labels = both(300, 300)
    cheap = RejectBandConfig(**COSTS, referral=0.1).build().fit(scores, labels)
    assert cheap.review_from < cheap.value
    assert 0 < cheap.parameters["review_share"] < 1
    dear = RejectBandConfig(**COSTS, referral=2.0).build().fit(scores, labels)
    assert dear.review_from is None
    assert dear.value == CostWeightedConfig(**COSTS).build().fit(scores, labels).value


def test_a_share_of_defects_that_no_line_has_is_pointed_out():
    assert "83.33 % of the scores are anomalous" in PrOptimalConfig().build().fit(*both(20, 100)).warnings[0]
    assert PrOptimalConfig(prevalence=0.01).build().fit(*both(20, 100)).warnings == ()


def test_scores_and_labels_that_do_not_match_are_refused():
    for scores, labels in (([1.0], [0, 1]), ([[1.0]], [[0]]), ([1.0], [2])):
        with pytest.raises(Exception, match="label"):
            check_scores(scores, labels)
