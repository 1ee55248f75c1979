from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from adfw import Cut, OperatingPoints, decide

SCORES, LABELS = np.array([1.0, 3.0, 3.0, 2.0, 5.0]), np.array([0, 0, 1, 0, 1])


def test_the_candidates_are_the_distinct_scores_and_infinity_with_their_counts():
    points = OperatingPoints.of(SCORES, LABELS)
    assert points.values.tolist() == [math.inf, 5.0, 3.0, 2.0, 1.0]
    assert points.tp.tolist() == [0, 1, 2, 2, 2]
    assert points.fp.tolist() == [0, 0, 1, 2, 3]
    assert points.fn.tolist() == [2, 1, 0, 0, 0]
    assert (points.n_normal, points.n_anomalous) == (3, 2)
    assert points.tp.dtype == points.fp.dtype == np.int64


def test_types_of_defects_are_counted_apart():
    points = OperatingPoints.of(SCORES, LABELS, np.array(["", "", "crack", "", "poke"]))
    assert {name: tp.tolist() for name, tp in points.tp_by_defect.items()} == {
        "crack": [0, 0, 1, 1, 1],
        "poke": [0, 1, 1, 1, 1],
    }


def test_a_gap_holds_every_cut_that_decides_alike_and_placement_stays_inside():
    points = OperatingPoints.of(SCORES, LABELS)
    assert points.gap(2) == (2.0, 3.0)
    assert [points.place(2, where) for where in ("lower", "midpoint", "upper")] == [math.nextafter(2, 3), 2.5, 3.0]
    assert points.gap(0) == (5.0, math.inf)
    assert points.place(0, "midpoint") == math.inf
    assert points.gap(4) == (-math.inf, 1.0)
    assert [points.place(4, where) for where in ("lower", "midpoint", "upper")] == [-math.inf, 1.0, 1.0]


@pytest.mark.parametrize("low", [1.0, -1e308, 5e-324, 1e16])
def test_rounding_never_pushes_the_middle_out_of_the_gap(low):
    for high in (math.nextafter(low, math.inf), 1e308):
        points = OperatingPoints.of(np.array([low, high]), np.array([0, 1]))
        assert low < points.place(1, "midpoint") <= high


@given(seed=st.integers(0, 2**32), levels=st.sampled_from([2, 5, 100]))
def test_each_set_of_decisions_belongs_to_exactly_one_candidate(seed, levels):
    rng = np.random.default_rng(seed)
    scores, labels = rng.integers(0, levels, 20).astype(float), rng.integers(0, 2, 20)
    points = OperatingPoints.of(scores, labels)
    decisions = {tuple(decide(scores, Cut(value))) for value in points.values}
    tried = [*(scores - 0.5), *(scores + 0.5), -math.inf, math.inf]
    assert {tuple(decide(scores, Cut(value))) for value in tried} == decisions
    assert len(decisions) == len(points.values)
    for index, value in enumerate(points.values):
        flagged = decide(scores, Cut(float(value))) == "anomalous"
        assert (points.tp[index], points.fp[index]) == (flagged[labels == 1].sum(), flagged[labels == 0].sum())
        for where in ("lower", "midpoint", "upper"):
            assert (decide(scores, Cut(points.place(index, where))) == decide(scores, Cut(float(value)))).all()


def test_ties_of_the_objective_are_broken_as_asked():
    points = OperatingPoints.of(np.arange(5.0), np.array([0, 1, 0, 1, 0]))
    objective = np.array([0, 1, 0, 1, 0, 1])
    assert [points.best(objective, ties) for ties in ("highest", "plateau_middle", "lowest")] == [1, 3, 5]


def test_candidates_without_a_score_share_the_gap_of_their_neighbours():
    drawn = OperatingPoints(np.array([math.inf, 4, 3, 2, 1]), np.array([0, 0, 0, 1, 1]), np.array([0, 1, 1, 1, 2]))
    assert drawn.gap(1) == drawn.gap(2) == (2.0, 4.0)
    assert drawn.gap(0) == (4.0, math.inf)
