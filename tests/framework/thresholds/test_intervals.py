from __future__ import annotations

import math

import numpy as np
import pytest

from adfw import OperatingPoints, ScoreTable
from adfw.thresholds.intervals import cut_intervals, rank_interval
from adfw.thresholds.resampling import Resampler, bootstrap_cuts
from adfw_plugins.thresholds import (
    CostWeightedConfig,
    FixedConfig,
    PercentileConfig,
    PrOptimalConfig,
    RecallAtLeastConfig,
    SigmaConfig,
    YoudenConfig,
)


def table(normals: int = 60, anomalies: int = 60, groups: bool = False) -> ScoreTable:
    rng = np.random.default_rng(1)
    scores = np.concatenate([rng.integers(0, 40, normals), rng.integers(20, 60, anomalies)]) / 4
    labels = np.repeat([0, 1], (normals, anomalies))
    ids = np.array([f"i{i}" for i in range(len(labels))])
    group = np.array([f"g{i // 5}" for i in range(len(labels))]) if groups else None
    defect = np.where(labels == 1, np.where(np.arange(len(labels)) % 2, "crack", "poke"), "")
    return ScoreTable(ids, np.full(len(labels), "test"), labels, defect, scores, group)


def test_binomial_ranks_end_at_infinity_where_the_scores_end():
    low, high = rank_interval(np.arange(200.0), 0.99)
    assert low == 194.0
    assert high == math.inf
    assert rank_interval(np.arange(200.0), 0.01)[0] == -math.inf
    assert rank_interval(np.arange(1000.0), 0.5) == (468.0, 531.0)


def test_a_draw_counts_what_a_resampled_table_would():
    scores = table()
    resampler = Resampler.of(scores, by_defect=True)
    points = resampler.draw(np.random.default_rng(0)).points
    assert (points.n_normal, points.n_anomalous) == (60, 60)
    assert sum(tp[-1] for tp in points.tp_by_defect.values()) == 60
    whole = OperatingPoints.of(scores.score, scores.label)
    assert points.values.tolist() == whole.values.tolist()
    assert (np.diff(points.tp) >= 0).all()


def test_groups_are_drawn_whole():
    scores = table(groups=True)
    points = Resampler.of(scores, by_defect=False).draw(np.random.default_rng(0)).points
    drawn = np.diff(points.fp + points.tp, prepend=0)
    assert drawn.sum() == 120  # twelve groups of five in each class
    wide = cut_intervals([YoudenConfig().build()], scores, 200)[0]
    assert wide[0] <= YoudenConfig().build().fit(scores.score, scores.label).value <= wide[1]


@pytest.mark.parametrize(
    "config",
    [
        PrOptimalConfig(),
        YoudenConfig(ties="lowest"),
        CostWeightedConfig(false_negative=9, false_positive=1, prevalence=0.1),
        CostWeightedConfig(false_negative=9, false_positive=1, prevalence=0.1, by_defect={"crack": 90}),
        RecallAtLeastConfig(rate=0.8),
    ],
    ids=lambda config: config.label(),
)
def test_the_quick_way_cuts_each_draw_as_a_fit_on_its_scores_does(config):
    threshold, by_defect = config.build(), "by_defect" in config.model_fields_set
    resampler = Resampler.of(table(), by_defect=by_defect)
    for seed in range(30):
        drawn = resampler.draw(np.random.default_rng(seed))
        assert drawn.cut(threshold) == threshold.fit_defects(*drawn.spelt_out).value


def test_draws_do_not_depend_on_what_is_drawn_beside_them():
    scores, youden = table(), YoudenConfig().build()
    alone = bootstrap_cuts([youden], scores, 50, 3)
    beside = bootstrap_cuts([PrOptimalConfig().build(), youden, SigmaConfig().build()], scores, 50, 3)
    assert (alone[0] == beside[1]).all()


def test_each_kind_of_strategy_gets_its_kind_of_interval():
    scores = table()
    stated, ranked, recalled, drawn = cut_intervals(
        [
            config.build()
            for config in (
                FixedConfig(value=1.0),
                PercentileConfig(q=0.8),
                RecallAtLeastConfig(rate=0.8),
                SigmaConfig(),
            )
        ],
        scores,
        200,
    )
    assert stated is None
    assert ranked == rank_interval(scores.score[scores.label == 0], 0.8)
    assert recalled == rank_interval(scores.score[scores.label == 1], 1 - 0.8)
    assert drawn[0] < SigmaConfig().build().fit(scores.score, scores.label).value < drawn[1]
