"""Several tables against each other: image by image, by their ids."""

from __future__ import annotations

import io

import numpy as np
import pytest
from rich.console import Console
from scipy.stats import binomtest
from sklearn.metrics import roc_auc_score

from adfw import Comparison, ScoreTable, compare
from adfw.evaluation import auroc_difference, ranking

COSTS = {"false_negative": 100.0, "false_positive": 1.0, "prevalence": 0.01}


def table(noise: float, seed: int = 0, ids: str = "part") -> ScoreTable:
    """Return scores that share the parts' own scatter; the rest of it is noise."""
    parts, own = np.random.default_rng(7), np.random.default_rng(seed)
    score = np.concatenate([parts.normal(size=80), parts.normal(2, 1, 80)]) + noise * own.normal(size=160)
    rows = [(f"{ids} {i}", "test", int(i >= 80), "crack" if i >= 80 else "", float(s)) for i, s in enumerate(score)]
    held_out = [(f"held-out {i}", "calibration", 0, "", float(s)) for i, s in enumerate(parts.normal(size=60))]
    return ScoreTable.of(rows + held_out)


def both(first: ScoreTable, second: ScoreTable, **options: object) -> Comparison:
    strategies = ["fixed(value=1)", "percentile(q=0.9)", "pac_conformal(alpha=0.001)"]
    return compare({"a": first, "b": second}, strategies=strategies, costs=COSTS, draws=400, **options)


def test_two_tables_are_paired_by_id_whatever_their_order():
    first, second = table(0), table(1.5, 1)
    turned = second.where(np.random.default_rng(3).permutation(len(second)))
    [across], [other] = both(first, second).across, both(first, turned).across
    assert across == other
    assert (across.first, across.second, across.n_normal, across.n_anomalous) == ("a", "b", 80, 80)
    assert list(across.pairs) == ["fixed(value=1)", "percentile(q=0.9)"]  # the third has no cut
    pair = across.pairs["fixed(value=1)"]
    test = [one.of_split("test") for one in (first, second)]
    right = [(one.score >= 1) == (one.label == 1) for one in test]
    alone = int((right[0] & ~right[1]).sum()), int((~right[0] & right[1]).sum())
    assert (pair.only_first_right, pair.only_second_right) == alone
    assert pair.p_value == pytest.approx(binomtest(min(alone), sum(alone)).pvalue)
    assert (pair.first, pair.second) == ("a", "b")
    assert pair.cost_difference.low < pair.cost_difference.value < pair.cost_difference.high < 0


def test_the_difference_of_two_aurocs_is_theirs_and_pairing_makes_its_interval_narrow():
    first, second = table(0).of_split("test"), table(0.3, 1).of_split("test")
    figure = auroc_difference(first.label, first.score, second.score)
    expected = [roc_auc_score(one.label, one.score) for one in (first, second)]
    assert figure.value == pytest.approx(expected[0] - expected[1])
    widths = [ranking(one.label, one.score)["auroc"] for one in (first, second)]
    unpaired = np.hypot(*(one.high - one.low for one in widths))
    assert figure.high - figure.low < 0.6 * unpaired
    assert auroc_difference(first.label, first.score, first.score).value == 0


def test_delongs_interval_of_a_difference_covers_it():
    rng, inside, repetitions = np.random.default_rng(0), 0, 300
    labels = np.repeat([0, 1], (60, 80))
    for _ in range(repetitions):  # two equally good scores that share half of their scatter
        shared = rng.normal(size=140)
        first, second = (shared + rng.normal(size=140) + 2 * labels for _ in range(2))
        figure = auroc_difference(labels, first, second)
        inside += figure.low <= 0 <= figure.high
    assert 0.95 - 3 * np.sqrt(0.05 * 0.95 / repetitions) <= inside / repetitions


def test_images_without_a_score_in_either_table_are_left_out():
    first, second = table(0), table(1.5, 1)
    second.score[:5] = np.nan
    [across] = both(first, second).across
    kept = np.flatnonzero(~np.isnan(second.score))
    [without] = both(first.where(kept), second.where(kept)).across
    assert across.auroc_difference == without.auroc_difference
    assert across.pairs["fixed(value=1)"].p_value == without.pairs["fixed(value=1)"].p_value


def test_what_cannot_be_paired_says_why():
    unlike = table(1, 1)
    unlike.label[3] = 1
    [across] = both(table(0), unlike).across
    assert across.problem == "part 3 is labelled 0 in one, 1 in the other"
    found = both(table(0), table(0, ids="other"))
    assert found.across[0].problem == "they have no test image in common: their ids differ"
    console = Console(width=100, record=True, file=io.StringIO())
    found.print(console)
    assert "a and b cannot be set against each other image by image: they have no test image" in console.export_text()
    assert "no test image in common" in found.to_html()


def test_part_of_the_images_in_common_are_paired_and_counted():
    few = table(1, 1)
    [across] = both(table(0), few.where(np.arange(40, 200))).across
    assert (across.n_normal, across.n_anomalous) == (40, 80)


def test_every_two_of_three_tables_are_paired_and_shown():
    found = compare({"a": table(0), "b": table(1, 1), "c": table(2, 2)}, strategies=["youden"], draws=100)
    assert [(one.first, one.second) for one in found.across] == [("a", "b"), ("a", "c"), ("b", "c")]
    page = found.to_html()
    assert page.count("<summary>") == 3
    assert Comparison.model_validate_json(found.model_dump_json()) == found


@pytest.mark.parametrize("width", [60, 160])
def test_the_terminal_shows_two_tables_strategy_by_strategy(width):
    console = Console(width=width, record=True, file=io.StringIO())
    both(table(0), table(1.5, 1)).print(console)
    text = " ".join(console.export_text().split())
    assert "a and b, on the same 80 normal and 80 anomalous images: AUROC differs by 0." in text
    assert "the interval excludes 0" in text
    assert "The same strategy on both" in text
    assert "Differences are a less b" in text
