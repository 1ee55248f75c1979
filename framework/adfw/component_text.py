"""Components written as one word: a name with fields, as in `percentile(q=0.95)` or `local(workers=2)`."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING, Any

from pydantic import ValidationError

from adfw.errors import PluginError

if TYPE_CHECKING:
    from adfw.catalog import Catalog, Kind
    from adfw.component import Component


def parse(text: str, what: str) -> tuple[str, dict[str, Any]]:
    """Return name and fields of a call-like text whose values are Python literals, plain words or such texts again.

    Raises ValueError, which begins with `what` it is.
    """
    name, bracket, rest = text.strip().partition("(")
    if not bracket:
        return name.strip(), {}
    try:
        call = ast.parse(f"f({rest}", mode="eval").body
    except SyntaxError:
        call = None
    if not isinstance(call, ast.Call) or call.args or any(keyword.arg is None for keyword in call.keywords):
        raise ValueError(f"{what} {text!r}: write a name and fields, e.g. percentile(q=0.95, method=linear)")
    return name.strip(), {str(keyword.arg): _value(keyword.value, text, what) for keyword in call.keywords}


def _value(node: ast.expr, text: str, what: str) -> Any:
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Call) and not node.args:  # a component in a field, such as a strategy's fallback
        parse(ast.unparse(node), what)
        return ast.unparse(node)
    try:
        return ast.literal_eval(node)
    except ValueError:
        raise ValueError(f"{what} {text!r}: {ast.unparse(node)} is no value; put words in quotes") from None


def find(kind: Kind, text: str, catalog: Catalog) -> Component[Any]:
    """Return the configuration that a text names; raises PluginError for one that is not installed or does not fit."""
    try:
        name, fields = parse(text, kind)
        return catalog.find(kind, name).config.model_validate(fields)
    except ValidationError as error:
        faults = "; ".join(f"{'.'.join(map(str, one['loc'])) or 'fields'}: {one['msg']}" for one in error.errors())
        raise PluginError(f"{kind} {text}: {faults}; `adfw plugins show {name}` lists its fields") from error
    except ValueError as error:
        raise PluginError(str(error)) from error
