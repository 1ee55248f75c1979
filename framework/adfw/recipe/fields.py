"""Which fields a section of a recipe may have."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, get_args

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from adfw.recipe.binding import FALLBACK_MEANING, SECTIONS, section_kind
from adfw.recipe.document import Recipe
from adfw.thresholds.fallback import FIELD as FALLBACK

if TYPE_CHECKING:
    from adfw.catalog import Catalog
    from adfw.recipe.reading import KeyPath


def fields_at(path: KeyPath, data: Any, catalog: Catalog) -> dict[str, FieldInfo]:
    """Return the fields of the section at a key by name; none where the recipe does not say which component it is."""
    models: list[type[BaseModel]] = [Recipe]
    here = data
    for depth, key in enumerate(path, 1):
        here = _descend(here, key)
        kind = section_kind(path[:depth])
        if kind:
            entry = catalog.of_kind(kind).get(str(_descend(here, "name")))
            models = [entry.config] if entry else []
        elif isinstance(key, str) and key not in SECTIONS:
            fields = [model.model_fields[key] for model in models if key in model.model_fields]
            models = [inner for field in fields for inner in _models_in(field.annotation)]
    if len(path) == 1 and path[0] in SECTIONS and section_kind(path) is None:
        return {}
    found = {name: field for model in models for name, field in model.model_fields.items()}
    if section_kind(path) == "threshold" and len(path) == 2 and models:
        found.setdefault(FALLBACK, FieldInfo(description=FALLBACK_MEANING))
    return found


def _descend(here: Any, key: str | int) -> Any:
    if isinstance(here, dict):
        return here.get(key)
    return here[key] if isinstance(here, list) and isinstance(key, int) and key < len(here) else None


def _models_in(annotation: Any) -> list[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return [annotation]
    return [model for inner in get_args(annotation) for model in _models_in(inner)]
