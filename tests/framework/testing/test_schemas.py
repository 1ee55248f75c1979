from __future__ import annotations

import json
import math

import pytest
from hypothesis import find, given, settings

from adfw import Catalog, load_recipe
from adfw.testing import recipes
from adfw.testing.schemas import from_schema

BUILT_IN = Catalog.discover()
FEW = settings(max_examples=15)


@FEW
@given(recipes())
def test_recipes_are_loaded_and_written_and_are_the_same_again(drawn):
    recipe = load_recipe(drawn, catalog=BUILT_IN)
    assert json.loads(json.dumps(drawn)) == drawn, "plain data"
    again = load_recipe(recipe.model_dump(mode="json"), catalog=BUILT_IN)
    assert again == recipe
    assert again.digest() == recipe.digest()


def test_written_as_yaml_they_are_the_same(tmp_path):
    @settings(max_examples=15)
    @given(recipes())
    def written(drawn):
        recipe = load_recipe(drawn, catalog=BUILT_IN)
        (tmp_path / "drawn.yaml").write_text(recipe.to_yaml(), encoding="utf-8")
        assert load_recipe(tmp_path / "drawn.yaml", catalog=BUILT_IN) == recipe

    written()


def test_a_given_catalogs_components_are_drawn(toys):
    @FEW
    @given(recipes(toys))
    def holds(drawn):
        assert drawn["dataset"]["name"] in toys.of_kind("dataset")
        assert {scorer["name"] for scorer in drawn["scorers"]} <= set(toys.of_kind("scorer"))

    holds()


@pytest.mark.parametrize(
    ("schema", "allowed"),
    [
        ({"const": "x"}, lambda value: value == "x"),
        ({"enum": [1, 2]}, lambda value: value in (1, 2)),
        ({"type": "integer", "minimum": 3, "exclusiveMaximum": 5}, lambda value: value in (3, 4)),
        ({"type": "integer", "exclusiveMinimum": 3, "maximum": 5}, lambda value: value in (4, 5)),
        ({"type": "integer", "minimum": 2**40}, lambda value: value >= 2**40),
        ({"type": "number", "exclusiveMinimum": 0, "exclusiveMaximum": 1}, lambda value: 0 < value < 1),
        ({"type": "number", "minimum": 0, "maximum": 1}, lambda value: 0 <= value <= 1),
        ({"type": "number"}, math.isfinite),
        ({"type": "string", "pattern": "^a+$"}, lambda value: set(value) == {"a"}),
        (
            {"type": "array", "items": {"type": "null"}, "minItems": 1, "maxItems": 2},
            lambda v: v in ([None], [None] * 2),
        ),
        ({"type": "array", "prefixItems": [{"const": 1}, {"const": 2}]}, lambda value: value == [1, 2]),
        ({"type": "object", "additionalProperties": {"const": 1}}, lambda value: set(value.values()) <= {1}),
        ({"anyOf": [{"type": "boolean"}, {"type": "null"}]}, lambda value: value in (True, False, None)),
        ({"$ref": "#/$defs/A", "$defs": {"A": {"const": 1}}}, lambda value: value == 1),
    ],
    ids=lambda value: str(value) if isinstance(value, dict) else "",
)
def test_what_a_schema_allows_is_drawn_and_nothing_else(schema, allowed):
    @FEW
    @given(from_schema(schema))
    def holds(value):
        assert allowed(value)

    holds()


def test_required_fields_are_always_there_and_others_sometimes():
    schema = {"type": "object", "properties": {"a": {"const": 1}, "b": {"const": 2}}, "required": ["a"]}
    assert find(from_schema(schema), lambda value: "b" not in value) == {"a": 1}
    assert find(from_schema(schema), lambda value: "b" in value) == {"a": 1, "b": 2}


def test_what_it_does_not_know_is_an_error():
    with pytest.raises(ValueError, match="no values are known for"):
        from_schema({"not": {}})
