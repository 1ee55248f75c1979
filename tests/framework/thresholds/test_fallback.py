"""A strategy's fallback: used only where the first cannot be identified, by a protocol of its own, never silently."""

from __future__ import annotations

import io

import numpy as np
import pytest
from rich.console import Console

from adfw import (
    Catalog,
    InvalidScores,
    RecipeError,
    ScoreTable,
    ThresholdNotIdentifiable,
    compare,
    evaluate_strategy,
    load_recipe,
    ship_cut,
)
from adfw.thresholds.choosing import choose
from adfw.thresholds.fallback import WithFallback, entry_of
from adfw_plugins.thresholds import (
    ConformalConfig,
    CostWeightedConfig,
    FixedConfig,
    PacConformalConfig,
    PercentileConfig,
    PotConfig,
)

STRICT, PLAIN = PacConformalConfig(alpha=0.01), PercentileConfig(q=0.9)
ENTRY = WithFallback.of(STRICT, PLAIN)
LABEL = "pac_conformal(alpha=0.01, fallback=percentile(q=0.9))"


def table(calibration: int = 40, anomalies: int = 30) -> ScoreTable:
    rng = np.random.default_rng(0)
    rows = [(f"c{i}", "calibration", 0, "", s) for i, s in enumerate(rng.normal(size=calibration))]
    rows += [(f"n{i}", "test", 0, "", s) for i, s in enumerate(rng.normal(size=30))]
    rows += [(f"a{i}", "test", 1, "crack", s) for i, s in enumerate(rng.normal(2.5, 1, size=anomalies))]
    return ScoreTable.of(rows)


def test_it_is_used_and_said_where_the_first_cannot_be_identified():
    found, plain = evaluate_strategy(ENTRY, table()), evaluate_strategy(PLAIN, table())
    assert (found.cut.exact, found.confusion, found.figures) == (plain.cut.exact, plain.confusion, plain.figures)
    assert (found.label, found.config["fallback"]["name"], found.problem) == (LABEL, "percentile", "")
    said = "the cut is that of the fallback percentile(q=0.9), because pac_conformal(alpha=0.01) cannot be identified"
    assert found.fallback == found.cut.warnings[0]
    assert found.fallback.startswith(said)
    assert found.fallback.endswith(
        "it takes 299 normal scores to bound a rate of 1 % with 95 % confidence; there are 40"
    )


def test_it_is_not_used_where_the_first_has_a_cut():
    found, first = evaluate_strategy(ENTRY, table(400)), evaluate_strategy(STRICT, table(400))
    assert (found.cut, found.fallback, found.label) == (first.cut, "", LABEL)


def test_it_has_a_protocol_of_its_own():
    costs = {"false_negative": 50.0, "false_positive": 1.0, "prevalence": 0.02}
    found = evaluate_strategy(WithFallback.of(CostWeightedConfig(**costs), PLAIN), table(anomalies=0))
    assert (found.protocol, found.leakage) == ("normal_only", "none")
    assert "it takes at least 1 anomalous scores; there are 0" in found.fallback


def test_scores_that_are_wrong_are_no_reason_to_fall_back():
    scores = table()
    scores.score[3] = -np.inf
    entry = WithFallback.of(ConformalConfig(), FixedConfig(value=1.0))
    found = evaluate_strategy(entry, scores)
    assert (found.cut, found.fallback) == (None, "")
    assert "-inf" in found.problem
    with pytest.raises(InvalidScores):
        ship_cut(entry, scores)


def test_where_neither_has_a_cut_both_reasons_are_given():
    found = evaluate_strategy(WithFallback.of(STRICT, PotConfig()), table())
    assert found.cut is None
    assert "it takes 299 normal scores" in found.problem
    assert "nor does its fallback give a cut: pot: " in found.problem
    with pytest.raises(ThresholdNotIdentifiable):
        ship_cut(WithFallback.of(STRICT, PotConfig()), table())


def test_the_shipped_cut_says_so_too():
    cut = ship_cut(ENTRY, table())
    assert cut.value == ship_cut(PLAIN, table()).value
    assert "the fallback percentile(q=0.9)" in cut.warnings[0]
    assert ship_cut(ENTRY, table(400)) == ship_cut(STRICT, table(400))


def test_it_is_written_in_a_recipe_a_label_and_a_comparison(tmp_path):
    catalog = Catalog.discover()
    [chosen] = choose([LABEL], catalog, None).strategies
    assert chosen == ENTRY == entry_of(ENTRY.model_dump(mode="json"), catalog)
    assert chosen.label() == LABEL
    found = compare({"one": table()}, strategies=[LABEL, "youden"], draws=100)
    console = Console(width=80, record=True, file=io.StringIO())
    found.print(console)
    text = " ".join(console.export_text().split())
    assert "(its fallback was used)" in text
    assert f"{LABEL}: the cut is that of the fallback" in text
    assert "its fallback was used" in found.to_html()
    found.to_csv(tmp_path / "c.csv")
    assert "the cut is that of the fallback" in (tmp_path / "c.csv").read_text()


RECIPE = {
    "name": "parts",
    "dataset": {"name": "capsules"},
    "preprocessing": {"size": 32, "color": "grey"},
    "model": {"name": "conv_autoencoder"},
    "scorers": [{"name": "mse"}],
}


def recipe(fallback: object) -> dict[str, object]:
    return RECIPE | {"thresholds": [{"name": "pac_conformal", "alpha": 0.01, "fallback": fallback}]}


def test_a_recipe_with_a_fallback_is_read_written_and_read_again(tmp_path):
    made = load_recipe(recipe({"name": "percentile", "q": 0.9}))
    assert made.thresholds == (ENTRY,)
    (tmp_path / "parts.yaml").write_text(made.to_yaml())
    assert load_recipe(tmp_path / "parts.yaml") == made
    assert load_recipe(recipe(None)).thresholds == (STRICT,)


@pytest.mark.parametrize(
    ("fallback", "words"),
    [
        ({"name": "percentil"}, "thresholds.0.fallback.name: there is no usable threshold 'percentil'"),
        ({"q": 0.9}, "thresholds.0.fallback.name: is missing"),
        ({"name": "percentile", "q": 2}, "thresholds.0.fallback.q: 2 is not allowed"),
        ({"name": "percentile", "p": 0.9}, "thresholds.0.fallback.p: there is no such key; allowed: name, q, method"),
        ("percentile", "thresholds.0.fallback: should be a mapping"),
        (
            {"name": "percentile", "fallback": {"name": "conformal"}},
            "thresholds.0.fallback.fallback: there is no such key",
        ),
    ],
    ids=["name", "no name", "value", "key", "text", "twice"],
)
def test_what_is_wrong_with_a_fallback_is_a_sentence(fallback, words):
    with pytest.raises(RecipeError) as caught:
        load_recipe(recipe(fallback))
    assert words in str(caught.value)
