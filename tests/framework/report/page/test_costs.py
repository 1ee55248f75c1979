"""Costs on the page: the cheapest threshold is brute force's."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from adfw.scores import ScoreTable

if TYPE_CHECKING:
    import numpy.typing as npt
    from playwright.sync_api import Page


pytestmark = pytest.mark.browser


def cheapest(rows: ScoreTable, miss: float, alarm: float, prevalence: float) -> float:
    """Return the least cost of 1,000 parts over every threshold there is, by brute force."""
    costs = []
    for cut in (*rows.score, np.inf):
        flagged = rows.score >= cut
        fnr, fpr = 1 - flagged[rows.label == 1].mean(), flagged[rows.label == 0].mean()
        costs.append(1000 * (prevalence * miss * fnr + (1 - prevalence) * alarm * fpr))
    return float(min(costs))


@pytest.mark.parametrize(("miss", "alarm", "percent"), [(100, 1, 1), (1, 1, 50), (5, 20, 0.1), (1000, 1, 10)])
def test_the_best_threshold_is_brute_forces(
    hand: Any, test_rows: ScoreTable, miss: float, alarm: float, percent: float
) -> None:
    hand.state_costs(miss, alarm, percent)
    hand.page.locator("#go-best").click()
    best = cheapest(test_rows, miss, alarm, percent / 100)
    tn, fp, fn, tp = hand.counted(test_rows)
    cost = 1000 * (percent / 100 * miss * fn / (fn + tp) + (1 - percent / 100) * alarm * fp / (fp + tn))
    assert cost == pytest.approx(best)
    assert hand.text("#live-cost") == written(best)
    assert f"at {written(best)} per 1,000 parts" in hand.text("#best")


def written(cost: float) -> str:
    return f"{cost:,.0f}" if cost >= 100 else f"{float(f'{cost:.3g}'):g}"


def test_costs_of_random_scores_agree_with_brute_force(page: Page) -> None:
    random = np.random.default_rng(5)
    for _ in range(30):
        size = int(random.integers(2, 40))
        labels = np.append([0, 1], random.integers(0, 2, size))
        scores = np.round(random.normal(size=size + 2) + labels, 1)
        rows = ScoreTable.of([(str(i), "test", int(labels[i]), "", float(scores[i])) for i in range(size + 2)])
        costs = {"miss": float(random.uniform(0, 50)), "alarm": 1.0, "prevalence": float(random.uniform(0.01, 0.9))}
        found = cheapest_in_page(page, labels, scores, costs)
        assert found["cost"] == pytest.approx(cheapest(rows, costs["miss"], 1.0, costs["prevalence"]))


def test_of_equal_costs_the_highest_threshold_is_taken(page: Page) -> None:
    labels, scores = np.array([0, 1, 0, 1]), np.array([1.0, 2.0, 2.0, 3.0])
    found = cheapest_in_page(page, labels, scores, {"miss": 1, "alarm": 1, "prevalence": 0.5})
    assert found["cut"] == 2.5


def test_an_infinite_score_is_rejected_by_every_threshold(page: Page) -> None:
    call = "Decisions.candidates([0, 1, 1], [Infinity, 0.5, Infinity]).map(({ cut, tp, fp }) => [String(cut), tp, fp])"
    assert page.evaluate(call) == [["Infinity", 1, 1], ["0.5", 2, 1]]


def cheapest_in_page(
    page: Page, labels: npt.NDArray[np.int64], scores: npt.NDArray[np.float64], costs: dict[str, float]
) -> Any:
    call = "([labels, scores, costs]) => Decisions.cheapest(Decisions.candidates(labels, scores), costs)"
    return page.evaluate(call, [labels.tolist(), scores.tolist(), costs])


def test_dearer_misses_move_the_star_to_the_left(hand: Any) -> None:
    places = []
    for miss in (1, 30, 1000):
        hand.state_costs(miss, 1, 2)
        hand.page.locator("#go-best").click()
        places.append(hand.threshold())
    assert places == sorted(places, reverse=True)
    assert places[0] > places[2]


@pytest.mark.parametrize(
    ("miss", "alarm", "percent", "problem"),
    [("5", "", "1", "State all three"), ("-1", "1", "1", "zero or more"), ("5", "1", "101", "between 0 and 100")],
)
def test_costs_that_are_none_are_refused_in_words(hand: Any, miss: str, alarm: str, percent: str, problem: str) -> None:
    hand.state_costs(miss, alarm, percent)
    assert problem in hand.text("#cost-problem")
    hand.settle()
    assert hand.text("#live-cost") == "state the costs"


def test_a_threshold_no_better_than_no_inspection_is_called_so(hand: Any) -> None:
    hand.state_costs(0, 1000, 1)
    assert "no better than no inspection at all" in hand.text("#best")
