"""Imports point one way, and the framework never knows a plugin."""

from __future__ import annotations

import ast
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

import adfw

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).resolve().parents[2]
FRAMEWORK, PLUGINS = ROOT / "framework" / "adfw", ROOT / "plugins" / "adfw_plugins"
FILES = [*sorted(FRAMEWORK.rglob("*.py")), *sorted(PLUGINS.rglob("*.py"))]

# a later room may import from an earlier one; what is not named here stands beside `run`
ORDER = ["errors", "interfaces", "component", "hooks", "discovery", "catalog", "recipe", "line", "cli"]


def imports(path: Path) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Yield (module, names) of every import, those inside functions too, but not those only type checkers follow."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    checking = {id(node) for block in ast.walk(tree) if is_type_checking(block) for node in ast.walk(block)}
    for node in ast.walk(tree):
        if id(node) in checking:
            continue
        if isinstance(node, ast.ImportFrom):
            yield node.module or "", tuple(alias.name for alias in node.names)
        elif isinstance(node, ast.Import):
            yield from ((alias.name, ()) for alias in node.names)


def is_type_checking(node: ast.AST) -> bool:
    return isinstance(node, ast.If) and isinstance(node.test, ast.Name) and node.test.id == "TYPE_CHECKING"


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_imports_point_one_way(path: Path) -> None:
    for module, names in imports(path):
        top, _, room = module.partition(".")
        if FRAMEWORK in path.parents:
            assert top != "adfw_plugins", f"{path}: the framework never imports a plugin"
            here, there = path.relative_to(FRAMEWORK).with_suffix("").parts[0], room.split(".")[0]
            if top == "adfw" and here in ORDER and there in ORDER:
                assert ORDER.index(there) <= ORDER.index(here), f"{path}: {here} imports {module}"
        elif top == "adfw":
            assert not room, f"{path}: imports {module}; plugins import from adfw itself"
            assert set(names) <= set(adfw.__all__), f"{path}: {names} are not all public"
