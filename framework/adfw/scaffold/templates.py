"""The templates, data of this package: `$name` stands for what is filled in."""

from __future__ import annotations

from importlib.resources import files
from string import Template
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

FILES = {
    "pyproject.toml": "common/pyproject.toml.txt",
    "README.md": "common/README.md.txt",
    ".gitignore": "common/gitignore.txt",
    ".github/workflows/tests.yml": "common/tests.yml.txt",
    "$module/__init__.py": "$kind/module.py.txt",
    "$module/py.typed": "common/py.typed.txt",
    "tests/test_$component.py": "$kind/test.py.txt",
    "recipes/$component.yaml": "$kind/recipe.yaml.txt",
}
"""Each file of a new distribution with its template."""


def module_template(kind: str) -> str:
    """Return the template of a kind's module."""
    return _read(f"{kind}/module.py.txt")


def rendered(words: Mapping[str, str]) -> dict[str, str]:
    """Return the text of every file by its path in the distribution."""
    return {
        Template(path).substitute(words): Template(_read(Template(template).substitute(words))).substitute(words)
        for path, template in FILES.items()
    }


def _read(name: str) -> str:
    return (files("adfw") / "templates" / name).read_text(encoding="utf-8")
