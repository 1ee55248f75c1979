from __future__ import annotations

import json

import numpy as np
import pytest

from adfw import Component, Costs, Cut, InvalidScores, ScoreTable, Threshold, evaluate_strategy, ship_cut
from adfw.report.document import Confusion
from adfw.thresholds.applying import apply_strategies
from adfw.thresholds.pricing import cost_per_1000
from adfw_plugins.thresholds import (
    ConformalConfig,
    CostWeightedConfig,
    FixedConfig,
    PercentileConfig,
    PrOptimalConfig,
    RejectBandConfig,
)

COSTS = Costs(false_negative=100, false_positive=1, prevalence=0.01, referral=0.3)


def table(seed: int = 0, calibration: int = 40) -> ScoreTable:
    rng = np.random.default_rng(seed)
    rows = [(f"c{i}", "calibration", 0, "", s) for i, s in enumerate(rng.normal(size=calibration))]
    rows += [(f"n{i}", "test", 0, "", s) for i, s in enumerate(rng.normal(size=30))]
    rows += [(f"a{i}", "test", 1, ("crack", "poke")[i % 2], s) for i, s in enumerate(rng.normal(2.5, 1, size=50))]
    return ScoreTable.of(rows)


def test_a_strategy_is_fitted_decided_measured_and_priced():
    found = evaluate_strategy(
        CostWeightedConfig(false_negative=100, false_positive=1, prevalence=0.01), table(), costs=COSTS
    )
    assert (found.protocol, found.leakage, found.problem) == ("cross_fit", "cross_fit", "")
    assert found.cut.kind == "finite"
    assert found.cut_interval[0] <= found.cut.value <= found.cut_interval[1]
    assert found.cut.parameters["fold_cut_min"] <= found.cut.value <= found.cut.parameters["fold_cut_max"]
    assert sum(found.confusion.model_dump().values()) == 80
    assert set(found.recall_by_defect) == {"crack", "poke"}
    cost = found.figures["cost_per_1000"]
    assert cost.low < cost.value < cost.high
    assert len(found.fit_digest) == 64
    json.loads(found.model_dump_json(), parse_constant=pytest.fail)


def test_the_same_seed_gives_the_same_document():
    assert evaluate_strategy(PrOptimalConfig(), table(), seed=3) == evaluate_strategy(
        PrOptimalConfig(), table(), seed=3
    )


def test_the_order_of_the_rows_does_not_matter():
    turned = table().where(np.random.default_rng(0).permutation(120))
    first, second = evaluate_strategy(PrOptimalConfig(), table()), evaluate_strategy(PrOptimalConfig(), turned)
    assert (first.cut, first.confusion, first.fit_digest) == (second.cut, second.confusion, second.fit_digest)


def test_every_oracle_figure_is_named_so_and_a_stated_cut_is_none():
    found = evaluate_strategy(PrOptimalConfig(), table(), protocol="oracle", costs=COSTS)
    assert found.leakage == "in_sample"
    assert all(name.startswith("oracle_") for name in found.figures)
    stated = evaluate_strategy(FixedConfig(value=1.0), table(), protocol="oracle")
    assert "f1" in stated.figures
    assert (stated.leakage, stated.fit_digest, stated.cut_interval) == ("none", "", None)


def test_the_leakage_label_is_computed_from_contents_too():
    scores = table()
    contents = scores.id.copy()
    contents[scores.id == "n0"] = "c0"
    assert evaluate_strategy(PercentileConfig(q=0.9), scores, contents=contents).leakage == "partial"


def test_the_shipped_cut_is_refitted_on_all_that_the_protocol_allows():
    scores = table()
    test = scores.of_split("test")
    assert ship_cut(PrOptimalConfig(), scores).value == PrOptimalConfig().build().fit(test.score, test.label).value
    held_out = scores.of_split("calibration")
    expected = ConformalConfig().build().fit(held_out.score, held_out.label)
    assert ship_cut(ConformalConfig(), scores).value == expected.value


def test_a_strategy_without_a_cut_says_why_and_the_others_go_on():
    found = evaluate_strategy(PrOptimalConfig(), table(), protocol="normal_only")
    assert found.cut is None
    assert found.problem == "pr_optimal: it takes at least 1 anomalous scores; there are 0"


def test_an_image_without_a_score_is_invalid_and_named():
    scores = table()
    scores.score[scores.id == "n7"] = np.nan
    found = evaluate_strategy(PrOptimalConfig(), scores, costs=COSTS)
    assert found.confusion.invalid == 1
    assert "left out of the fit: n7" in found.cut.warnings[-1]
    scores.score[scores.id == "a1"] = -np.inf
    assert "a1" in evaluate_strategy(PrOptimalConfig(), scores).problem
    with pytest.raises(InvalidScores, match="a1"):
        ship_cut(PrOptimalConfig(), scores)


def test_a_cut_at_infinity_survives_the_document():
    found = evaluate_strategy(ConformalConfig(alpha=0.01), table())
    assert (found.cut.kind, found.cut.value, found.cut_interval[1]) == ("never", None, None)
    assert found.confusion.true_anomalous == 0


def test_a_band_sends_to_review_and_is_priced_with_its_referrals():
    band = RejectBandConfig(false_negative=100, false_positive=1, prevalence=0.01, referral=0.1)
    found = evaluate_strategy(band, table(), costs=COSTS)
    review = found.confusion.review_normal + found.confusion.review_anomalous
    assert review > 0
    c, f = found.confusion, found.figures
    by_hand = 10 * (100 * c.false_normal + 0.3 * c.review_anomalous) / 50
    by_hand += 990 * (c.false_anomalous + 0.3 * c.review_normal) / 30
    assert f["cost_per_1000"].value == pytest.approx(by_hand)
    unpriced = evaluate_strategy(band, table(), costs=COSTS.model_copy(update={"referral": None}))
    assert unpriced.figures["cost_per_1000"].value is None
    assert "cost of a referral" in unpriced.figures["cost_per_1000"].reason


def test_the_interval_of_a_cost_has_a_width_where_nothing_was_missed_and_needs_both_classes():
    perfect = Confusion(true_normal=20, false_anomalous=0, false_normal=0, true_anomalous=100)
    cost = cost_per_1000(perfect, COSTS)
    assert cost.low == cost.value == 0
    assert 10 < cost.high < 200
    assert cost_per_1000(perfect.model_copy(update={"true_normal": 0}), COSTS).value is None


def test_costs_are_positive_and_know_the_trivial_policies():
    assert COSTS.never_reject() == pytest.approx(1000)
    assert COSTS.reject_all() == pytest.approx(990)
    with pytest.raises(ValueError, match="prevalence"):
        Costs(false_negative=1, false_positive=1, prevalence=1)


class Largest(Threshold):
    needs = "normal_scores"

    def fit(self, scores, labels):
        return Cut(float(np.nextafter(scores[labels == 0].max(), np.inf)))


class LargestConfig(Component[Threshold]):
    """A stranger's strategy of four lines."""

    name: str = "largest"

    def build(self):
        return Largest()


def test_a_strangers_strategy_gets_protocol_interval_and_price_for_nothing():
    found = evaluate_strategy(LargestConfig(), table(), costs=COSTS)
    assert found.protocol == "normal_only"
    assert found.cut_interval[0] < found.cut.value <= found.cut_interval[1] + 1e-9
    assert found.figures["cost_per_1000"].value > 0


def test_each_image_counts_once_whatever_the_number_of_repeats():
    [applied] = apply_strategies([PrOptimalConfig().build()], table(), "cross_fit", 0)
    assert len(applied.rows) == len(set(applied.rows)) == 80
