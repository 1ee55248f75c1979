from __future__ import annotations

import json
import pickle
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from adfw import Catalog, Preprocessing, Recipe, RecipeError, load_recipe
from adfw.thresholds.costs import Costs


def test_a_recipe_is_a_frozen_value_and_builds_nothing(good: Path, catalog: Catalog) -> None:
    recipe = load_recipe(good, catalog=catalog)
    assert type(recipe) is Recipe
    assert recipe == load_recipe(good, catalog=catalog)
    assert pickle.loads(pickle.dumps(recipe.costs)) == recipe.costs
    with pytest.raises(ValidationError):
        recipe.seed = 4


def test_it_may_be_put_together_in_python(good: Path, catalog: Catalog) -> None:
    read = load_recipe(good, catalog=catalog)
    made = Recipe(
        name="x",
        seed=3,
        dataset=read.dataset,
        preprocessing=Preprocessing(size=64, color="grey"),
        model=read.model,
        scorers=read.scorers,
        thresholds=read.thresholds,
    )
    assert made == read
    assert made.digest() == read.digest()


def test_a_mapping_holds_the_same(good: Path, catalog: Catalog) -> None:
    read = load_recipe(good, catalog=catalog)
    assert load_recipe(json.loads(read.model_dump_json()), catalog=catalog) == read
    parts = {key: getattr(read, key) for key in Recipe.model_fields if key != "costs"}
    assert load_recipe(parts, catalog=catalog) == read


def test_every_default_is_written_out_and_read_back(good: Path, catalog: Catalog) -> None:
    recipe = load_recipe(good, catalog=catalog, overrides=["dataset.root=Ünïcode and spaces/ß", "model.dropout=1e-5"])
    text = recipe.to_yaml()
    assert "  epochs: 100\n" in text
    assert "device: auto\n" in text
    Path("again.yaml").write_text(text, encoding="utf-8")
    again = load_recipe("again.yaml", catalog=catalog)
    assert again == recipe
    assert again.digest() == recipe.digest()
    assert again.to_yaml() == text
    assert [part.label() for part in again.scorers] == [part.label() for part in recipe.scorers]


def test_the_digest_goes_by_what_is_said(good: Path, catalog: Catalog) -> None:
    digest = load_recipe(good, catalog=catalog).digest()
    assert len(digest) == 64
    text = good.read_text(encoding="utf-8")
    sections = text.replace("seed: 3\n", "")
    good.write_text(f"# a comment\n{sections}protocol: auto\nseed: 0x3 # another\n", encoding="utf-8")
    assert load_recipe(good, catalog=catalog).digest() == digest
    for change in ["seed=4", "model.training.lr=2e-3", "dataset.root=other", "thresholds.0.q=0.9", "name=y"]:
        assert load_recipe(good, catalog=catalog, overrides=[change]).digest() != digest, change


def test_the_order_of_keys_does_not_count(good: Path, catalog: Catalog) -> None:
    ways = ["{top: 1, left: 2}", "{left: 2, top: 1}"]
    one, other = (load_recipe(good, catalog=catalog, overrides=[f"scorers.1.weights={way}"]) for way in ways)
    assert one.digest() == other.digest()


def test_the_order_of_scorers_counts(good: Path, catalog: Catalog) -> None:
    recipe = load_recipe(good, catalog=catalog)
    swapped = recipe.model_copy(update={"scorers": recipe.scorers[::-1]})
    assert swapped.digest() != recipe.digest()


@given(st.floats(1e-300, 1e300), st.floats(1e-300, 1 - 1e-9), st.floats(1e-300, 1e300))
def test_numbers_survive_the_file_bit_by_bit(miss: float, share: float, alarm: float) -> None:
    from adfw.recipe.reading import read_yaml
    from adfw.recipe.writing import to_yaml

    costs = Costs(false_negative=miss, false_positive=alarm, prevalence=share)
    assert read_yaml(to_yaml(costs.model_dump(mode="json")), "x").data == costs.model_dump()


@pytest.mark.parametrize("device", ["auto", "cpu", "cuda", "cuda:1", "mps"])
def test_devices(device: str, good: Path, catalog: Catalog) -> None:
    assert load_recipe(good, catalog=catalog, overrides=[f"compute.device={device}"]).compute.device == device


def test_the_file_lends_its_name(good: Path, catalog: Catalog) -> None:
    assert load_recipe(good, catalog=catalog).name == "x"
    assert load_recipe(good, catalog=catalog, overrides=["name=y"]).name == "y"


def test_a_byte_order_mark_and_windows_lines_are_no_matter(good: Path, catalog: Catalog) -> None:
    recipe = load_recipe(good, catalog=catalog)
    good.write_bytes(b"\xef\xbb\xbf" + good.read_bytes().replace(b"\n", b"\r\n"))
    assert load_recipe(good, catalog=catalog) == recipe


def test_a_path_with_spaces_and_letters_of_any_alphabet(good: Path, catalog: Catalog, folder: Path) -> None:
    (folder / "Prüf teile").mkdir()
    moved = good.rename(folder / "Prüf teile" / "Größe 1.yaml")
    recipe = load_recipe(moved, catalog=catalog, overrides=["name=größe"])
    assert recipe.name == "größe"


@pytest.mark.parametrize("name", ["capsule_ae", "capsule_vae"])
def test_a_model_for_grey_or_colour_gets_such_images(name: str) -> None:
    channels = load_recipe(name).preprocessing.shape[0]
    other, takes = ("rgb", 1) if channels == 1 else ("grey", 3)
    told = rf"model: image_channels is {takes}, but preprocessing.color is {other}; make them agree: 1 for grey, 3 for"
    with pytest.raises(RecipeError, match=told):
        load_recipe(name, overrides=[f"preprocessing.color={other}"])
    agreeing = [f"preprocessing.color={other}", f"model.image_channels={4 - takes}"]
    assert load_recipe(name, overrides=agreeing).preprocessing.color == other
