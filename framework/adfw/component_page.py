"""One component as a page of text: where it comes from, what it does, its fields with types and defaults."""

from __future__ import annotations

import inspect
import types
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, Union, get_args, get_origin

from pydantic import BaseModel
from pydantic_core import PydanticUndefined

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pydantic.fields import FieldInfo

    from adfw.catalog import Entry

WORDS = {int: "whole number", float: "number", bool: "true or false", str: "text", Path: "path", types.NoneType: "null"}
BOUNDS = {"gt": "above", "ge": "at least", "lt": "below", "le": "at most", "multiple_of": "a multiple of"}
LENGTHS = {"min_length": "at least", "max_length": "at most"}


def component_page(entry: Entry) -> str:
    """Return the page that `adfw plugins show` prints."""
    config = entry.config
    lines = [
        f"{entry.name}: a {entry.kind} of {entry.source} ({config.__module__}.{config.__name__})",
        "",
        inspect.getdoc(config) or "(no docstring)",
        "",
        "Fields:",
        *(f"  {line}" for line in _field_lines(config, "")),
    ]
    return "\n".join(lines) + "\n"


def _field_lines(model: type[BaseModel], prefix: str) -> Iterator[str]:
    for key, field in model.model_fields.items():
        if key == "name" and not prefix:
            continue  # it stands above
        nested = field.annotation
        if isinstance(nested, type) and issubclass(nested, BaseModel):
            yield f"{prefix}{key}: {(inspect.getdoc(nested) or '').splitlines()[0]}"
            yield from _field_lines(nested, f"{prefix}{key}.")
            continue
        bounds = f", {words}" if (words := _bounds(field.metadata)) else ""
        yield f"{prefix}{key}: {type_words(field.annotation)}{bounds}{_default(field)}"
        if field.description:
            yield f"    {field.description}"


def type_words(annotation: Any) -> str:
    """Return a field's type in the words of recipes."""
    origin, inner = get_origin(annotation), get_args(annotation)
    if origin is Literal:
        return " | ".join(map(str, inner))
    if hasattr(annotation, "__metadata__"):
        bounds = _bounds(annotation.__metadata__)
        return type_words(inner[0]) + (f" {bounds}" if bounds else "")
    parts = [type_words(part) for part in inner if part is not ...]
    if origin in {Union, types.UnionType}:
        return " | ".join(parts)
    if origin is dict:
        return f"mapping of {parts[0]} to {parts[1]}"
    if origin in {tuple, list, set, frozenset}:
        return f"[{', '.join(parts)}]" if origin is tuple and ... not in inner else f"list of {parts[0]}"
    return WORDS.get(annotation, getattr(annotation, "__name__", str(annotation)))


def _bounds(metadata: Any) -> str:
    """Return the limits among a field's metadata in words."""
    found = []
    for limit in metadata:
        limits = getattr(limit, "metadata", [limit])  # a FieldInfo inside Annotated holds more of them
        for one in limits:
            found += [f"{word} {getattr(one, key)}" for key, word in BOUNDS.items() if hasattr(one, key)]
            found += [f"{word} {getattr(one, key)} long" for key, word in LENGTHS.items() if hasattr(one, key)]
    return ", ".join(found)


def _default(field: FieldInfo) -> str:
    value = field.get_default(call_default_factory=True, validated_data={})
    if value is PydanticUndefined:
        return " (required)"
    return f" = {'null' if value is None else str(value).lower() if isinstance(value, bool) else value}"
