"""Recipes and packages name installed components and hold values: nothing that reads them can run what they say."""

from __future__ import annotations

import ast
import json
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from adfw import Catalog, DetectorError, PluginError, RecipeError, load_recipe
from adfw.detector_folder import _component

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).resolve().parents[2]
FILES = [
    path
    for room in (ROOT / "framework" / "adfw", ROOT / "plugins" / "adfw_plugins")
    for path in sorted(room.rglob("*.py"))
    if "testing" not in path.parts
]
RUN_TEXT = {"eval", "exec", "compile", "__import__", "open_code"}
UNPICKLE = {
    ("pickle", "load"),
    ("pickle", "loads"),
    ("torch", "load"),
    ("joblib", "load"),
    ("numpy", "load"),
    ("np", "load"),
}
RECIPE = """\
dataset: {name: capsules}
preprocessing: {size: 32}
model: {name: conv_autoencoder}
scorers: [{name: NAME}]
thresholds: [{name: percentile}]
"""
HOSTILE = ["os.system", "os:system", "adfw_plugins.scorers.MseConfig", "__import__('os').getcwd()", "../mse", "${mse}"]


def calls(path: Path) -> Iterator[ast.Call]:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    return (node for node in ast.walk(tree) if isinstance(node, ast.Call))


def written_out(argument: ast.expr) -> bool:
    """Tell whether a module's name stands in the source: whole, behind `adfw.`, or in a table of constants."""
    if isinstance(argument, ast.JoinedStr):
        first = argument.values[0]
        return isinstance(first, ast.Constant) and str(first.value).startswith("adfw.")
    if isinstance(argument, ast.Subscript):
        return isinstance(argument.value, ast.Name) and argument.value.id.isupper()
    return isinstance(argument, ast.Constant)


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_no_text_is_run_unpickled_or_imported(path: Path) -> None:
    for call in calls(path):
        name = call.func
        if isinstance(name, ast.Name):
            assert name.id not in RUN_TEXT, f"{path}:{call.lineno}: {name.id}"
            assert name.id != "import_module" or written_out(call.args[0]), (
                f"{path}:{call.lineno}: imports what it is told"
            )
        elif isinstance(name, ast.Attribute) and isinstance(name.value, ast.Name):
            assert (name.value.id, name.attr) not in UNPICKLE, f"{path}:{call.lineno}: {name.value.id}.{name.attr}"


@pytest.mark.parametrize("name", HOSTILE)
def test_a_name_that_is_no_component_is_refused_in_recipes(name: str, tmp_path: Path) -> None:
    text = RECIPE.replace("NAME", json.dumps(name))
    (tmp_path / "x.yaml").write_text(text, encoding="utf-8")
    with pytest.raises(RecipeError) as caught:
        load_recipe(tmp_path / "x.yaml")
    assert "scorers.0.name" in str(caught.value)


@pytest.mark.parametrize("name", HOSTILE)
def test_and_in_packages(name: str, tmp_path: Path) -> None:
    plugin = {"distribution": "stranger", "version": "1.0"}
    (tmp_path / "score.json").write_text(json.dumps({"config": {"name": name}, "plugin": plugin}), encoding="utf-8")
    catalog = Catalog.discover()
    with pytest.raises(DetectorError, match="stranger"):
        _component("scorer", tmp_path / "score.json", catalog)
    with pytest.raises(PluginError):
        catalog.look_up(name)


@pytest.mark.parametrize("tag", ["!!python/object/apply:os.getcwd []", "!!python/name:os.getcwd", "!new {}"])
def test_tags_of_yaml_make_nothing(tag: str, tmp_path: Path) -> None:
    (tmp_path / "x.yaml").write_text(f"dataset: {tag}\n", encoding="utf-8")
    with pytest.raises(RecipeError, match=r"x\.yaml:1"):
        load_recipe(tmp_path / "x.yaml")
