from __future__ import annotations

from pathlib import Path

import pytest

from adfw import Catalog, RecipeError, load_recipe


def problems(good: Path, catalog: Catalog, *overrides: str) -> tuple[str, ...]:
    with pytest.raises(RecipeError) as caught:
        load_recipe(good, catalog=catalog, overrides=overrides)
    return caught.value.problems


def test_values_are_typed_as_in_yaml(good: Path, catalog: Catalog) -> None:
    recipe = load_recipe(
        good,
        catalog=catalog,
        overrides=["model.dropout=1e-2", "model.training.shuffle=false", "dataset.root=a b=c", "costs=null", "seed=7"],
    )
    model = recipe.model.model_dump()
    assert (model["dropout"], model["training"]["shuffle"], model["training"]["lr"]) == (0.01, False, 0.001)
    assert recipe.dataset.model_dump()["root"] == Path("a b=c")
    assert (recipe.seed, recipe.costs) == (7, None)


def test_entries_of_lists_are_numbered_and_sections_may_be_whole(good: Path, catalog: Catalog) -> None:
    overrides = ["scorers.0.pooling=max", "scorers.1={name: pixel}", "thresholds=[{name: quantile, q: 0.5}]"]
    recipe = load_recipe(good, catalog=catalog, overrides=overrides)
    assert [scorer.label() for scorer in recipe.scorers] == ["pixel(pooling=max)", "pixel"]
    assert [threshold.label() for threshold in recipe.thresholds] == ["quantile(q=0.5)"]


def test_sections_that_are_not_written_are_made(good: Path, catalog: Catalog) -> None:
    overrides = ["compute.device=cpu", "costs.false_negative=9", "costs.false_positive=1", "costs.prevalence=0.1"]
    recipe = load_recipe(good, catalog=catalog, overrides=overrides)
    assert recipe.compute.device == "cpu"
    assert recipe.costs
    assert recipe.costs.false_negative == 9


def test_of_two_the_later_counts(good: Path, catalog: Catalog) -> None:
    assert load_recipe(good, catalog=catalog, overrides=["seed=1", "seed=2"]).seed == 2


WRONG = {
    "model.dropuot=0.2": "--set model.dropuot: there is no such key; allowed: name, downsample, kernel, dropout, "
    "training; did you mean 'dropout'?",
    "model.downsample=strid": "--set model.downsample: 'strid' is not allowed; allowed: stride, max_pool; did you "
    "mean 'stride'?",
    "model.dropout=2": "--set model.dropout: 2 is not allowed; it must be below 1.0",
    "model.dropout=": "--set model.dropout: should be a number, but is empty",
    "dataset={name: parts}": "--set dataset.root: is missing; add `root: ...` to dataset",
    "seed": "--set seed: write KEY=VALUE, e.g. --set model.dropout=0.2",
    "=3": "--set =3: write KEY=VALUE, e.g. --set model.dropout=0.2",
    "model..dropout=3": "--set model..dropout=3: write KEY=VALUE, e.g. --set model.dropout=0.2",
    "model.name.x=3": "--set model.name.x=3: model.name is a single value and has no 'x'",
    "scorers.2.name=pixel": "--set scorers.2.name=pixel: scorers is a list; allowed: 0 to 1",
    "scorers.name=pixel": "--set scorers.name=pixel: scorers is a list; allowed: 0 to 1",
    "model.dropout=[": "--set model.dropout=[: a bracket is not closed; add it (column 2: '[')",
    "dataset.root=!!python/name:os.system x": "--set dataset.root=!!python/name:os.system x: the tag "
    "'tag:yaml.org,2002:python/name:os.system' is not allowed; a recipe holds plain values only",
    "dataset.root=${oc.env:HOME}": "--set dataset.root: '${oc.env:HOME}' is not allowed; recipes do not read the "
    "environment; write the value, or pass --set dataset.root=...",
}


@pytest.mark.parametrize("override", WRONG)
def test_a_mistake_is_placed_at_the_option(override: str, good: Path, catalog: Catalog) -> None:
    assert problems(good, catalog, override) == (WRONG[override],)


def test_mistakes_of_file_and_options_are_told_together(good: Path, catalog: Catalog) -> None:
    good.write_text(good.read_text().replace("seed: 3", "seed: -3"))
    places = [problem.split(" ", 1)[0] for problem in problems(good, catalog, "model.kernel=4", "x")]
    assert places == ["x.yaml:1:", "--set", "--set"]


def test_a_changed_value_is_no_longer_where_the_file_has_it(good: Path, catalog: Catalog) -> None:
    (only,) = problems(good, catalog, "scorers.1.sigma=[1, wide]")
    assert only == "--set scorers.1.sigma.1: should be a number, but is the text 'wide'"
