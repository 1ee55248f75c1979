"""Hypothesis strategies for what a JSON Schema describes, as far as pydantic writes it, and for recipes among it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from hypothesis import strategies as st

from adfw.catalog import Catalog
from adfw.errors import RecipeError
from adfw.recipe.loading import load_recipe
from adfw.recipe.schema import json_schema

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from hypothesis.strategies import SearchStrategy

Schema = dict[str, Any]
LARGEST = 2**16
WORDS = st.text("abcxyz_-", min_size=1, max_size=8)


def recipes(catalog: Catalog | None = None) -> SearchStrategy[dict[str, Any]]:
    """Draw recipes, as plain data, that name installed components (or those of `catalog`) and that `load_recipe` takes.

    Drawn from the JSON Schema; what the schema allows and a component's own validators refuse is not drawn. Datasets'
    folders are made up, so that what is drawn can be loaded, and written, but not run.
    """
    known = Catalog.discover() if catalog is None else catalog
    schema = json_schema(known)
    del schema["properties"]["requires"]  # distributions, which a schema cannot know

    def is_taken(recipe: dict[str, Any]) -> bool:
        try:
            load_recipe({"name": "drawn", **recipe}, catalog=known)
        except RecipeError:
            return False
        return True

    return from_schema(schema).filter(is_taken).map(lambda recipe: {"name": "drawn", **recipe})


def from_schema(schema: Schema, definitions: Mapping[str, Schema] | None = None) -> SearchStrategy[Any]:
    """Draw values that a schema allows; raises ValueError for a word of JSON Schema that pydantic does not write."""
    known = schema.get("$defs", {}) if definitions is None else definitions
    if "$ref" in schema:
        return st.deferred(lambda: from_schema(known[schema["$ref"].rpartition("/")[2]], known))
    if "const" in schema or "enum" in schema:
        return st.sampled_from(schema.get("enum", [schema.get("const")]))
    choices = schema.get("oneOf", schema.get("anyOf"))
    if choices:
        return st.one_of([from_schema(one, known) for one in choices])
    if schema.get("type") not in _MAKERS:
        raise ValueError(f"no values are known for {schema}")
    return _MAKERS[schema["type"]](schema, known)


def _objects(schema: Schema, known: Mapping[str, Schema]) -> SearchStrategy[Any]:
    fields = {name: from_schema(field, known) for name, field in schema.get("properties", {}).items()}
    others = schema.get("additionalProperties")
    if isinstance(others, dict):
        return st.dictionaries(WORDS, from_schema(others, known), min_size=schema.get("minProperties", 0), max_size=3)
    required = {name: fields.pop(name) for name in schema.get("required", ())}
    return st.fixed_dictionaries(required, optional=fields)


def _lists(schema: Schema, known: Mapping[str, Schema]) -> SearchStrategy[Any]:
    if "prefixItems" in schema:
        return st.tuples(*[from_schema(item, known) for item in schema["prefixItems"]]).map(list)
    least = schema.get("minItems", 0)
    most = schema.get("maxItems", least + 3)
    return st.lists(from_schema(schema["items"], known), min_size=least, max_size=most)


def _integers(schema: Schema, _: Mapping[str, Schema]) -> SearchStrategy[int]:
    low = schema.get("minimum", schema.get("exclusiveMinimum", -LARGEST - 1) + 1)
    high = schema.get("maximum", schema.get("exclusiveMaximum", max(LARGEST, low) + 1) - 1)
    return st.integers(low, high)


def _numbers(schema: Schema, _: Mapping[str, Schema]) -> SearchStrategy[float]:
    low = schema.get("minimum", schema.get("exclusiveMinimum"))
    high = schema.get("maximum", schema.get("exclusiveMaximum"))
    return st.floats(
        -LARGEST if low is None else low,
        max(LARGEST, low or 0) if high is None else high,
        exclude_min="exclusiveMinimum" in schema,
        exclude_max="exclusiveMaximum" in schema,
        allow_subnormal=False,
    )


def _texts(schema: Schema, _: Mapping[str, Schema]) -> SearchStrategy[str]:
    return st.from_regex(str(schema["pattern"]), fullmatch=True) if "pattern" in schema else WORDS


_MAKERS: Mapping[str, Callable[[Schema, Mapping[str, Schema]], SearchStrategy[Any]]] = {
    "object": _objects,
    "array": _lists,
    "integer": _integers,
    "number": _numbers,
    "string": _texts,
    "boolean": lambda *_: st.booleans(),
    "null": lambda *_: st.none(),
}
