from __future__ import annotations

import json
from pathlib import Path

from adfw import Catalog, json_schema

ROOT = Path(__file__).resolve().parents[3]


def test_the_committed_schema_is_that_of_the_built_in_components() -> None:
    installed = Catalog.discover()
    built_in = Catalog(tuple(entry for entry in installed.entries if entry.source.distribution == "adfw"))
    committed = json.loads((ROOT / "docs" / "recipe.schema.json").read_text(encoding="utf-8"))
    assert committed == json_schema(built_in), "write it again: adfw schema --out docs/recipe.schema.json"


def test_editors_learn_names_docstrings_and_defaults(catalog: Catalog) -> None:
    schema = json_schema(catalog)
    net = schema["$defs"]["NetConfig"]
    assert net["properties"]["name"]["const"] == "net"
    assert net["description"] == "A network."
    assert net["properties"]["downsample"]["enum"] == ["stride", "max_pool"]
    assert net["properties"]["dropout"]["default"] == 0.1
    assert net["additionalProperties"] is False
    assert schema["$defs"]["PartsConfig"]["properties"]["calibration"]["description"] == "share of the normal images"


def test_editors_learn_which_component_is_meant(catalog: Catalog) -> None:
    schema = json_schema(catalog)
    assert schema["$defs"]["PartsConfig"]["required"] == ["name", "root"]
    scorers = schema["properties"]["scorers"]
    assert {choice["$ref"] for choice in scorers["items"]["oneOf"]} == {"#/$defs/PixelConfig", "#/$defs/EdgeConfig"}
    assert scorers["minItems"] == 1
    assert "the first is the detector's" in scorers["description"]


def test_a_recipe_may_leave_out_what_has_a_default_and_its_name(catalog: Catalog) -> None:
    required = json_schema(catalog)["required"]
    assert sorted(required) == ["dataset", "model", "preprocessing", "scorers", "thresholds"]


def test_without_components_nothing_fits() -> None:
    assert json_schema(Catalog())["properties"]["model"]["not"] == {}
