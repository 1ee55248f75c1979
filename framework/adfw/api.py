"""The version of the plugin interface, and whether a plugin that states the versions it needs can live with it."""

from __future__ import annotations

import ast
from importlib.util import find_spec

from packaging.specifiers import InvalidSpecifier, SpecifierSet

from adfw import API_VERSION, __version__
from adfw.errors import PluginError

ATTRIBUTE = "adfw_api"
EXAMPLE = f'{ATTRIBUTE} = ">=1,<2"'


def check_api(stated: object) -> None:
    """Raise PluginError where the versions a plugin states are no range, or do not hold `adfw.API_VERSION`.

    A plugin that states nothing (None) is taken.
    """
    if stated is None:
        return
    try:
        if not isinstance(stated, str) or not stated.strip():
            raise InvalidSpecifier
        fits = SpecifierSet(stated).contains(API_VERSION)
    except InvalidSpecifier:
        raise PluginError(f"its {ATTRIBUTE} is {stated!r}, which is no range; write e.g. {EXAMPLE}") from None
    if not fits:
        raise PluginError(
            f"it needs the plugin interface {stated}, and adfw {__version__} has {API_VERSION}; "
            "install another version of the plugin, or of adfw"
        )


def stated_in_source(module: str) -> str | None:
    """Return the versions that a module states as text, without importing it; None where it states none.

    A plugin made for another interface often fails to import, and then the reason is the interface, not the import.
    """
    try:
        spec = find_spec(module)
        source = spec.loader.get_source(module) if spec and spec.loader else None  # type: ignore[attr-defined]
        body = ast.parse(source).body if source else []
    except Exception:  # loading it will tell what is wrong
        return None
    for node in body:
        targets = node.targets if isinstance(node, ast.Assign) else [getattr(node, "target", None)]
        named = any(isinstance(target, ast.Name) and target.id == ATTRIBUTE for target in targets)
        value = getattr(node, "value", None)
        if named and isinstance(value, ast.Constant) and isinstance(value.value, str):
            return value.value
    return None
