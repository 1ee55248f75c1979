"""The JSON Schema of recipes, for editors."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from adfw.recipe.binding import bind

if TYPE_CHECKING:
    from adfw.catalog import Catalog

DIALECT = "https://json-schema.org/draft/2020-12/schema"


def json_schema(catalog: Catalog) -> dict[str, Any]:
    """Return the JSON Schema of a recipe that names these components."""
    schema = bind(catalog).model_json_schema()
    for definition in schema.get("$defs", {}).values():
        # without `name` an editor cannot tell which component is meant, so it may not be left to its default
        if "const" in definition.get("properties", {}).get("name", {}):
            definition["required"] = ["name", *definition.get("required", [])]
    schema["required"].remove("name")  # a file lends its own
    return {"$schema": DIALECT, **schema}
