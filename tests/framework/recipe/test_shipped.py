from __future__ import annotations

import difflib
from pathlib import Path

import pytest

from adfw import RecipeError, load_recipe, shipped_recipes
from adfw.recipe.shipped import copy_recipe, purpose


def test_shipped_recipes_are_valid_here_and_wherever_they_are_copied(folder: Path) -> None:
    assert {"capsule_ae", "capsule_ae_maxpool"} <= set(shipped_recipes())
    for name, path in shipped_recipes().items():
        recipe = load_recipe(path)
        assert recipe.name == name
        assert load_recipe(name) == recipe
        assert load_recipe(copy_recipe(name, folder)) == recipe


def test_the_ablation_is_one_line() -> None:
    stride, max_pool = (
        shipped_recipes()[name].read_text(encoding="utf-8") for name in ("capsule_ae", "capsule_ae_maxpool")
    )
    changed = [line for line in difflib.ndiff(stride.splitlines(), max_pool.splitlines()) if line[0] in "+-"]
    assert changed == ["-   downsample: stride", "+   downsample: max_pool"]


def test_the_main_recipe_carries_the_published_thresholds_and_the_issues_order() -> None:
    recipe = load_recipe("capsule_ae")
    assert recipe.scorers[0].label() == "mse"
    assert recipe.thresholds[0].name == "percentile"
    fixed = [strategy.model_dump()["value"] for strategy in recipe.thresholds if strategy.name == "fixed"]
    assert fixed == [0.0001, 7.5e-05, 5e-05]
    assert recipe.preprocessing.shape == (1, 512, 512)
    assert recipe.dataset.model_dump()["if_missing"] == "draw"


def test_a_purpose_is_the_first_sentence_of_the_header() -> None:
    for path in shipped_recipes().values():
        assert purpose(path).endswith(".")
        assert "yaml-language-server" not in purpose(path)


def test_a_copy_overwrites_nothing(folder: Path) -> None:
    copy = copy_recipe("capsule_ae", Path("mine.yaml"))
    assert copy.read_text(encoding="utf-8").startswith("# yaml-language-server: $schema=recipe.schema.json\n")
    with pytest.raises(RecipeError, match=r"mine\.yaml: exists already"):
        copy_recipe("capsule_ae", Path("mine.yaml"))
    with pytest.raises(RecipeError, match="nowhere"):
        copy_recipe("capsule_ae", Path("nowhere/mine.yaml"))


def test_an_unknown_recipe_is_answered_with_the_nearest() -> None:
    with pytest.raises(RecipeError, match="did you mean 'capsule_ae'"):
        copy_recipe("capsule_a", Path())
