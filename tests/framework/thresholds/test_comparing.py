from __future__ import annotations

import io
import json
import math
from itertools import pairwise

import numpy as np
import pytest
from rich.console import Console
from scipy.stats import binomtest

from adfw import Comparison, Costs, InvalidScores, PluginError, RecipeError, ScoreTable, compare
from adfw.thresholds import resampling
from adfw.thresholds.arrays import Arrays
from adfw.thresholds.choosing import choose, costs_of, with_fields
from adfw.thresholds.comparison_csv import FIRST
from adfw.thresholds.paired import mcnemar, paired_shares
from adfw.thresholds.resampling import affordable_draws
from adfw.thresholds.words import rows
from adfw_plugins.thresholds import PercentileConfig

COSTS = {"false_negative": 100.0, "false_positive": 1.0, "prevalence": 0.01}
FEW = ["percentile(q=0.95)", "cost_weighted", "pr_optimal", "fixed(value=0)"]


def drawn(seed: int = 0, normals: int = 60, anomalies: int = 60) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    scores = np.concatenate([rng.normal(size=normals), rng.normal(2.5, 1, anomalies)])
    return scores, np.repeat([0, 1], (normals, anomalies)), rng.normal(size=120)


@pytest.fixture(scope="module")
def found() -> Comparison:
    scores, labels, held_out = drawn()
    return compare(scores, labels, calibration=held_out, strategies=FEW, costs=COSTS, draws=400)


def test_plain_arrays_are_compared_with_intervals_policies_and_pairs(found):
    [table] = found.tables
    assert [one.label.split("(")[0] for one in table.strategies] == [
        "percentile",
        "cost_weighted",
        "pr_optimal",
        "fixed",
    ]
    assert [one.protocol for one in table.strategies] == ["normal_only", "cross_fit", "cross_fit", "none"]
    assert {name: figure.value for name, figure in table.policies.items()} == {"pass all": 1000.0, "reject all": 990.0}
    assert len(table.pairs) == 6
    for row in rows(table):
        missed = row.figures["missed"]
        assert missed.low <= missed.value == row.strategy.confusion.false_normal <= missed.high
        assert row.figures["false_alarms"].value == row.strategy.confusion.false_anomalous
        assert row.figures["cost_per_1000"].low <= row.figures["cost_per_1000"].high


def test_the_best_is_the_cheapest_and_its_share_of_the_draws_is_stated(found):
    [table] = found.tables
    prices = {one.label: one.figures["cost_per_1000"].value for one in table.strategies}
    assert table.best == min(prices, key=prices.get)
    assert 0.3 < table.best_share <= 1
    assert f"in {table.best_share:.0%} of 400 bootstrap draws" in " ".join(table.sentences)


def test_pairs_are_differences_on_the_same_parts(found):
    [table] = found.tables
    prices = {one.label: one.figures["cost_per_1000"].value for one in table.strategies}
    for pair in table.pairs:
        assert pair.cost_difference.value == pytest.approx(prices[pair.first] - prices[pair.second])
        assert pair.cost_difference.low <= pair.cost_difference.value <= pair.cost_difference.high
        turned = pair.turned(pair.first)
        assert turned.second == pair.first
        assert turned.cost_difference.value == -pair.cost_difference.value
        assert turned.cost_difference.low == -pair.cost_difference.high
        assert turned.turned(pair.second) == pair


def test_a_strategy_against_itself_differs_by_nothing():
    scores, labels, _ = drawn()
    twice = compare(scores, labels, strategies=["fixed(value=1)", "fixed(value=1.0000001)"], costs=COSTS, draws=200)
    [pair] = twice.tables[0].pairs
    assert (pair.cost_difference.low, pair.cost_difference.high, pair.p_value) == (0, 0, 1.0)
    assert twice.tables[0].best_share == 1.0


@pytest.mark.parametrize(("first", "second"), [(0, 0), (1, 0), (3, 9), (12, 12), (0, 20)])
def test_mcnemar_is_the_exact_binomial_test(first, second):
    expected = binomtest(first, first + second).pvalue if first + second else 1.0
    assert mcnemar(first, second) == pytest.approx(expected)


def test_paired_draws_keep_what_strategies_have_in_common():
    rng = np.random.default_rng(0)
    labels = np.repeat([0, 1], 200)
    common = np.where(rng.random(400) < 0.5, 2, 0)
    codes = np.stack([common, np.where(np.arange(400) == 399, 2 - common, common)], axis=1).astype(np.int8)
    observed, found = paired_shares(codes, labels, None, 500, 0)
    difference = found.anomalous[:, 0, 0] - found.anomalous[:, 1, 0]
    assert difference.std() < 0.02 < found.anomalous[:, 0, 0].std()
    assert observed.normal[0].sum() == pytest.approx(1)


def test_groups_make_the_intervals_wider():
    scores, labels, _ = drawn(normals=100, anomalies=100)
    labels = np.repeat(labels, 1)
    repeated, known = np.repeat(scores, 5), np.repeat(labels, 5)
    parts = np.repeat([f"part {i}" for i in range(200)], 5).tolist()
    options = {"strategies": ["fixed(value=1)", "fixed(value=2)"], "costs": COSTS, "draws": 400}
    alone = compare(repeated, known, **options).tables[0].pairs[0].cost_difference
    grouped = compare(repeated, known, groups=parts, **options).tables[0].pairs[0].cost_difference
    assert grouped.value == pytest.approx(alone.value)
    assert (grouped.high - grouped.low) > 1.6 * (alone.high - alone.low)


def test_the_interval_of_a_difference_covers_the_true_one():
    from scipy.stats import norm

    true = 1000 * (norm.cdf(1 - 2.5) - norm.cdf(0.5 - 2.5)) + 990 * (norm.sf(1) - norm.sf(0.5))
    inside = 0
    for seed in range(60):
        scores, labels, _ = drawn(seed, 150, 150)
        options = {"strategies": ["fixed(value=1)", "fixed(value=0.5)"], "costs": COSTS, "draws": 300}
        difference = compare(scores, labels, **options).tables[0].pairs[0].cost_difference
        inside += difference.low <= true <= difference.high
    assert inside >= 51


def test_all_installed_strategies_are_taken_that_the_costs_complete():
    scores, labels, held_out = drawn()
    with_costs = compare(scores, labels, calibration=held_out, costs=COSTS, draws=100)
    names = {one.config["name"] for one in with_costs.tables[0].strategies}
    assert {"percentile", "conformal", "cost_weighted", "youden"} <= names
    assert not {"fixed", "reject_band"} & names
    assert "fixed was left out: it needs value" in with_costs.sentences
    assert "reject_band was left out: it needs referral" in with_costs.sentences
    without = compare(scores, labels, strategies=["youden"], draws=100)
    assert (without.tables[0].best, without.tables[0].policies) == (None, {})


def test_several_tables_and_one_class_and_useless_scores():
    scores, labels, _ = drawn()
    table = Arrays(labels).table(scores)
    normal = table.where(table.label == 0)
    found = compare({"a": table, "b": normal}, strategies=["conformal", "youden"], costs=COSTS, draws=100)
    assert [one.name for one in found.tables] == ["a", "b"]
    assert "all of one class" in found.tables[1].sentences[0]
    assert found.tables[1].best is None
    useless = compare(
        np.tile(scores[:60], 2), labels, strategies=["youden"], costs=COSTS | {"prevalence": 0.5}, draws=100
    )
    assert "No strategy costs less than the policy to reject all" in " ".join(useless.tables[0].sentences)


def test_oracle_figures_are_named_so():
    scores, labels, _ = drawn()
    found = compare(scores, labels, strategies=["pr_optimal"], protocol="oracle", draws=100)
    assert "named oracle" in found.tables[0].sentences[0]
    assert all(name.startswith("oracle_") for name in found.tables[0].strategies[0].figures)


def test_an_image_without_a_score_is_no_part_of_the_comparison():
    scores, labels, _ = drawn()
    scores[[3, 100]] = math.nan
    found = compare(scores, labels, strategies=["youden", "fixed(value=1)"], costs=COSTS, draws=100)
    assert found.tables[0].strategies[0].confusion.invalid == 2
    assert found.tables[0].pairs[0].only_first_right + found.tables[0].pairs[0].only_second_right <= 118


def test_the_same_seed_gives_the_same_comparison():
    scores, labels, held_out = drawn()
    options = {"calibration": held_out, "strategies": FEW, "costs": COSTS, "draws": 100}
    assert compare(scores, labels, seed=4, **options) == compare(scores, labels, seed=4, **options)


@pytest.mark.parametrize(
    ("wanted", "error", "words"),
    [
        ("percentil", PluginError, "did you mean 'percentile'"),
        ("percentile(q=2)", RecipeError, "strategy percentile(q=2): q: "),
        ("percentile(w=0.5)", RecipeError, "w: "),
        ("percentile(q=0.5", RecipeError, "write a name and fields"),
        ("percentile(0.5)", RecipeError, "write a name and fields"),
        ("percentile(q=open('x'))", RecipeError, "is no value"),
        ({"q": 0.5}, RecipeError, "lacks the field 'name'"),
        ("cost_weighted", RecipeError, "prevalence: "),
    ],
)
def test_a_strategy_that_does_not_fit_is_a_sentence(wanted, error, words):
    with pytest.raises(error) as caught:
        compare([0.0, 1.0], [0, 1], strategies=[wanted], draws=10)
    assert words in str(caught.value)


def test_strategies_are_named_as_their_labels_are(catalog):
    texts = [
        "percentile(q=0.9, method=linear)",
        "cost_weighted(false_negative=[5, 50], by_defect={'crack': 9})",
        "pot(extrapolate=True)",
    ]
    chosen = choose([*texts, PercentileConfig(q=0.5), {"name": "youden", "ties": "lowest"}], catalog, Costs(**COSTS))
    first, second, third, fourth, fifth = chosen.strategies
    assert (first.q, first.method, third.extrapolate, fourth.q, fifth.ties) == (0.9, "linear", True, 0.5, "lowest")
    assert (second.false_negative, second.prevalence, second.by_defect) == ((5, 50), 0.01, {"crack": 9})
    assert choose([first.label()], catalog, None).strategies == [first]


@pytest.fixture(scope="module")
def catalog():
    from adfw import Catalog

    return Catalog.discover()


def test_fields_are_added_to_a_strategys_text():
    assert with_fields("youden", []) == "youden"
    assert with_fields("percentile", ["q=0.9"]) == "percentile(q=0.9)"
    assert with_fields("percentile(q=0.9)", ["method=linear"]) == "percentile(q=0.9, method=linear)"


def test_costs_and_prevalence_are_stated_together():
    assert costs_of(None, None) is None
    assert costs_of("100:1:0.2", 0.01) == Costs(false_negative=100, false_positive=1, referral=0.2, prevalence=0.01)
    for costs, prevalence in (("100:1", None), (None, 0.1), ("100", 0.1), ("a:b", 0.1), ("1:1", 2), ("-1:1", 0.1)):
        with pytest.raises(RecipeError, match=r"costs|prevalence"):
            costs_of(costs, prevalence)


@pytest.mark.parametrize(
    ("scores", "options", "words"),
    [
        ([0.1, 0.2], {}, "without labels"),
        ([0.1, 0.2], {"labels": [0]}, "one label for each score"),
        ([0.1, 0.2], {"labels": [0, 3]}, "labels hold 3"),
        (["a", "b"], {"labels": [0, 1], "scorer": None}, "cannot be read"),
        ([0.1, 0.2], {"labels": [0, 1], "defects": ["x"]}, "defects has the shape"),
        ([0.1, 0.2], {"labels": [0, 1], "groups": ["x"]}, "groups has the shape"),
        (np.array(["a", "b"]), {"labels": [0, 1]}, "no numbers"),
    ],
)
def test_arrays_that_do_not_fit_are_a_sentence(scores, options, words):
    with pytest.raises(InvalidScores, match=words):
        compare(scores, **options)


def test_csv_json_and_html_hold_the_whole(found, tmp_path):
    found.to_csv(tmp_path / "c.csv")
    lines = (tmp_path / "c.csv").read_text().splitlines()
    assert lines[0].startswith(",".join(FIRST))
    assert len(lines) == 1 + len(FEW) + 2
    found.to_json(tmp_path / "c.json")
    assert Comparison.model_validate_json((tmp_path / "c.json").read_text()) == found
    json.loads((tmp_path / "c.json").read_text(), parse_constant=pytest.fail)
    page = found.to_html(tmp_path / "c.html")
    assert (tmp_path / "c.html").read_text() == page
    assert "<script" not in page
    assert "http" not in page
    assert page.count("cost_<wbr>weighted") >= 1
    assert "<html" not in found._repr_html_()
    assert "cost_<wbr>weighted" in found._repr_html_()


def test_what_users_write_is_escaped_in_html():
    scores, labels, _ = drawn()
    evil = ScoreTable(
        *(getattr(Arrays(labels).table(scores), name) for name in ("id", "split", "label", "defect", "score"))
    )
    page = compare({"<b>evil</b>": evil}, strategies=["youden"], draws=100).to_html()
    assert "<b>evil" not in page


@pytest.mark.parametrize("width", [60, 118, 160, 200])
def test_the_terminal_shows_every_strategy_at_any_width(found, width):
    console = Console(width=width, record=True, file=io.StringIO())
    found.print(console)
    text = console.export_text()
    for word in ("percentile", "pr_optimal", "policy to reject all: 990", "McNemar", "cost per 1,000"):
        assert word in text


def test_fewer_misses_cost_less_along_a_row_of_fixed_cuts():
    scores, labels, _ = drawn()
    found = compare(scores, labels, strategies=[f"fixed(value={v})" for v in (0, 1, 2, 3)], draws=100)
    recalls = [one.figures["recall"].value for one in found.tables[0].strategies]
    assert all(a >= b for a, b in pairwise(recalls))


@pytest.mark.parametrize(("scores", "draws"), [(0, 2000), (500_000, 2000), (1_000_000, 1000), (50_000_000, 100)])
def test_many_scores_are_drawn_less_often(scores: int, draws: int) -> None:
    assert affordable_draws(scores) == draws


def test_fewer_draws_are_told_and_those_that_are_asked_for_are_made(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(resampling, "REDRAWN", 600)
    scores, labels = np.arange(6.0), [0, 0, 0, 1, 1, 1]
    found = compare(scores, labels, strategies=["youden"])
    assert found.draws == 100
    assert any("from 100 bootstrap draws, not 2,000" in one for one in found.sentences)
    asked = compare(scores, labels, strategies=["youden"], draws=200)
    assert asked.draws == 200
    assert not any("bootstrap draws, not" in one for one in asked.sentences)
