"""The plugin distributions that a recipe says it needs, and which of them are not there."""

from __future__ import annotations

import shlex
from importlib.metadata import PackageNotFoundError, version
from typing import TYPE_CHECKING, Any

from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import canonicalize_name

from adfw.recipe.reading import Fault

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from adfw.catalog import Catalog

KEY = "requires"


def missing_plugins(data: Any, catalog: Catalog) -> Iterator[Fault]:
    """Yield a fault for each required distribution that is not installed, is of another version or is not understood.

    Nothing is installed, or fetched: the recipe only says what to ask for.
    """
    wanted = data.get(KEY) if isinstance(data, dict) else None
    versions = {str(canonicalize_name(source.distribution)): source.version for source in catalog.sources()}
    for index, text in enumerate(wanted if isinstance(wanted, list) else ()):
        if isinstance(text, str) and (sentence := _objection(text, versions)):
            yield Fault((KEY, index), sentence)


def _objection(text: str, versions: Mapping[str, str]) -> str:
    try:
        wanted = Requirement(text)
    except InvalidRequirement:
        wanted = None
    if wanted is None or wanted.url or wanted.marker or wanted.extras:
        return f"{text!r} is no distribution with its versions; write e.g. adfw-large-spots>=0.2"
    installed = versions.get(str(canonicalize_name(wanted.name))) or _installed(wanted.name)
    get = f"get it with: pip install {shlex.quote(str(wanted))}"
    if installed is None:
        return f"the plugin distribution {wanted.name} is not installed; {get}"
    if not wanted.specifier.contains(installed, prereleases=True):
        return f"needs {wanted}, but {installed} is installed; {get}"
    return ""


def _installed(name: str) -> str | None:
    try:
        return version(name)
    except PackageNotFoundError:
        return None
