"""The traps that other libraries fell into, each once."""

from __future__ import annotations

import json

import numpy as np
import pytest

from adfw import (
    Cut,
    InvalidScores,
    ScoreTable,
    ThresholdNotIdentifiable,
    cut_from_document,
    cut_to_document,
    decide,
    evaluate_strategy,
)
from adfw.report.document import CutDocument
from adfw_plugins.thresholds import (
    ConformalConfig,
    CostWeightedConfig,
    FixedConfig,
    FprAtMostConfig,
    PacConformalConfig,
    PercentileConfig,
    PotConfig,
    PrecisionAtLeastConfig,
    PrOptimalConfig,
    RecallAtLeastConfig,
    RejectBandConfig,
    SigmaConfig,
    YoudenConfig,
)

COSTS = {"false_negative": 50.0, "false_positive": 1.0, "prevalence": 0.02}
LABELLED = [
    PrOptimalConfig(),
    CostWeightedConfig(**COSTS),
    YoudenConfig(),
    RecallAtLeastConfig(),
    PrecisionAtLeastConfig(rate=0.5, prevalence=0.1),
    RejectBandConfig(**COSTS, referral=0.2),
]
NORMAL_ONLY = [PercentileConfig(q=0.9), ConformalConfig(), FprAtMostConfig(), SigmaConfig(), PotConfig(q=0.01)]
EVERY = [*LABELLED, *NORMAL_ONLY, PacConformalConfig()]


def by_label(config):
    return config.label()


def table(normal: np.ndarray, anomalous: np.ndarray) -> ScoreTable:
    rows = [(f"n{i}", "test", 0, "", float(s)) for i, s in enumerate(normal)]
    return ScoreTable.of(rows + [(f"a{i}", "test", 1, "crack", float(s)) for i, s in enumerate(anomalous)])


@pytest.mark.parametrize("config", [c for c in LABELLED if c.name != "precision_at_least"], ids=by_label)
@pytest.mark.parametrize("placement", ["midpoint", "upper", "lower"])
def test_separable_scores_fitted_on_the_test_set_give_f1_of_one(config, placement):
    if "placement" in type(config).model_fields:
        config = config.model_copy(update={"placement": placement})
    found = evaluate_strategy(config, table(np.arange(20.0), np.arange(30.0, 45.0)), protocol="oracle")
    assert found.figures["oracle_f1"].value == 1.0
    assert found.leakage == "in_sample"


@pytest.mark.parametrize("config", [*LABELLED, *NORMAL_ONLY[:3]], ids=by_label)
def test_no_decision_depends_on_the_scale_of_the_scores(config):
    rng = np.random.default_rng(1)
    scores, labels = np.concatenate([rng.gamma(2, size=60), 1 + rng.gamma(3, size=40)]), np.repeat([0, 1], (60, 40))
    before = decide(scores, config.build().fit(scores, labels))
    changes = [scores + 100, scores * 1e-6]
    if config.name != "percentile":  # which interpolates between scores: a bent map bends there
        changes.append(-1 / (scores + 5))
    for changed in changes:
        assert (decide(changed, config.build().fit(changed, labels)) == before).all()


def test_a_float32_score_is_compared_with_the_cut_in_float64():
    score = np.array([0.1], dtype=np.float32)
    cut = Cut(float(np.nextafter(np.float64(score[0]), np.inf)))
    assert bool(score[0] >= cut.value)  # what numpy says, and torch alike: it rounds the cut to float32
    assert decide(score, cut).tolist() == ["normal"]
    assert decide(score, Cut(float(score[0]))).tolist() == ["anomalous"]


@pytest.mark.parametrize("config", LABELLED, ids=by_label)
def test_float32_scores_are_decided_as_they_were_fitted(config):
    rng = np.random.default_rng(2)
    scores = np.concatenate([rng.normal(size=50), rng.normal(1, size=50)]).astype(np.float32)
    labels = np.repeat([0, 1], 50)
    cut = config.build().fit(scores, labels)
    assert (decide(scores, cut) == decide(scores.astype(np.float64), cut)).all()


@pytest.mark.parametrize("config", EVERY, ids=by_label)
def test_constant_scores_give_a_degenerate_cut_or_none(config):
    scores, labels = np.full(80, 0.25), np.repeat([0, 1], 40)
    try:
        cut = config.build().fit(scores, labels)
    except ThresholdNotIdentifiable:
        return
    assert cut.degenerate
    assert len(set(decide(scores, cut))) == 1


def test_ninety_five_zeros_and_five_ones_are_not_all_flagged_at_the_ninetieth_percentile():
    scores = np.repeat([0.0, 1.0], (95, 5))
    cut = PercentileConfig(q=0.9, method="linear").build().fit(scores, np.zeros(100, dtype=np.int64))
    assert (decide(scores, cut) == "anomalous").sum() == 5


@pytest.mark.parametrize("config", LABELLED, ids=by_label)
def test_one_class_does_not_determine_a_labelled_cut(config):
    with pytest.raises(ThresholdNotIdentifiable, match="at least 1 anomalous scores; there are 0"):
        config.build().fit(np.arange(9.0), np.zeros(9, dtype=np.int64))
    if config.name != "recall_at_least":
        with pytest.raises(ThresholdNotIdentifiable, match="at least 1 normal scores; there are 0"):
            config.build().fit(np.arange(9.0), np.ones(9, dtype=np.int64))


@pytest.mark.parametrize("config", NORMAL_ONLY, ids=by_label)
def test_anomalies_alone_do_not_determine_a_normal_only_cut(config):
    with pytest.raises(ThresholdNotIdentifiable, match="normal scores"):
        config.build().fit(np.arange(9.0), np.ones(9, dtype=np.int64))


@pytest.mark.parametrize("value", [np.inf, -np.inf, 0.1, 5e-324, -0.0, 1e308])
def test_a_cut_goes_through_json_and_back_bit_by_bit(value):
    cut = Cut(
        value, "", 3, 4, 0.5, (-np.inf, value), 1, None if value < 0 else 0.0, ("note",), {"k": 2.0}, degenerate=True
    )
    text = cut_to_document(cut).model_dump_json()
    json.loads(text, parse_constant=lambda name: pytest.fail(f"{name} is no JSON"))
    back = cut_from_document(CutDocument.model_validate_json(text))
    assert back == cut
    assert np.signbit(back.value) == np.signbit(value)
    assert (decide([1.0, np.inf, -np.inf], back) == decide([1.0, np.inf, -np.inf], cut)).all()


@pytest.mark.parametrize("config", EVERY, ids=by_label)
def test_nan_is_neither_normal_nor_fitted_on(config):
    assert decide([np.nan], Cut(-np.inf)).tolist() == ["invalid"]
    assert decide([np.nan], Cut(np.inf, review_from=-np.inf)).tolist() == ["invalid"]
    with pytest.raises(InvalidScores, match=r"rows 1\)"):
        config.build().fit(np.array([0.0, np.nan, 1.0]), np.array([0, 0, 1]))
    with pytest.raises(InvalidScores, match=r"-inf"):
        config.build().fit(np.array([0.0, -np.inf, 1.0]), np.array([0, 0, 1]))


def test_infinite_scores_are_flagged_and_leave_midpoints_finite():
    scores, labels = np.array([0.0, 1.0, 2.0, np.inf, np.inf]), np.array([0, 0, 0, 1, 1])
    cut = PrOptimalConfig().build().fit(scores, labels)
    assert decide(scores, cut).tolist() == ["normal"] * 3 + ["anomalous"] * 2


def test_a_fixed_cut_is_refused_on_the_scores_of_another_scorer():
    config, scores = FixedConfig(value=1e-4, scorer="mse"), table(np.zeros(3), np.ones(3))
    assert evaluate_strategy(config, scores, scorer="mse").cut is not None
    refused = evaluate_strategy(config, scores, scorer="ssim")
    assert refused.cut is None
    assert "belongs to scores of mse; these are scores of ssim" in refused.problem
