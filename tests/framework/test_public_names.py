from __future__ import annotations

import ast
import inspect
import subprocess
import sys
from pathlib import Path

import pytest

import adfw

SOURCE = ast.parse(Path(adfw.__file__).read_text(encoding="utf-8"))


def names_for_type_checkers() -> set[str]:
    (block,) = (node for node in SOURCE.body if isinstance(node, ast.If))
    return {
        alias.asname or alias.name for node in block.body if isinstance(node, ast.ImportFrom) for alias in node.names
    }


def test_all_is_the_sorted_list_of_public_names() -> None:
    assert list(adfw.__all__) == sorted(adfw.__all__)
    assert len(set(adfw.__all__)) == len(adfw.__all__)
    assert dir(adfw) == list(adfw.__all__)


def test_type_checkers_see_the_same_names() -> None:
    assert names_for_type_checkers() | {"API_VERSION", "__version__"} == set(adfw.__all__)


@pytest.mark.parametrize("name", adfw.__all__)
def test_every_public_name_is_there_and_described(name: str) -> None:
    value = getattr(adfw, name)
    if isinstance(value, type) or inspect.isfunction(value):
        assert inspect.getdoc(value), f"{name} has no docstring"


def test_an_unknown_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="module 'adfw' has no attribute 'nothing'"):
        adfw.nothing  # noqa: B018
    assert not hasattr(adfw, "nothing")


def test_import_adfw_imports_next_to_nothing() -> None:
    heavy = ("torch", "numpy", "pydantic", "pluggy", "typer", "rich")
    check = f"import sys, adfw; print(*(name for name in {heavy} if name in sys.modules))"
    assert subprocess.check_output([sys.executable, "-c", check], text=True).strip() == ""
