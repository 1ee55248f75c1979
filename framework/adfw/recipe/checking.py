"""Plain data -> a recipe, or everything that is wrong with it at once."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from pydantic import ValidationError

from adfw.errors import RecipeError
from adfw.recipe.binding import bind, settled
from adfw.recipe.document import Recipe
from adfw.recipe.faults import Diagnosis, dotted, show
from adfw.recipe.overrides import PLACE
from adfw.recipe.reading import Fault
from adfw.recipe.requirements import missing_plugins
from adfw.thresholds.fallback import FIELD as FALLBACK

if TYPE_CHECKING:
    from collections.abc import Iterator

    from adfw.catalog import Catalog
    from adfw.recipe.reading import Draft, KeyPath


def check(draft: Draft, catalog: Catalog) -> Recipe:
    """Return the recipe a draft stands for; raises RecipeError with every fault of it, a sentence each."""
    faults = [*draft.faults, *_references((), draft.data), *missing_plugins(draft.data, catalog)]
    try:
        # JSON's strict mode: lists are tuples and text is a path, but "3" is no number and 1 is not true
        bound = bind(catalog, fallbacks=_names_fallbacks(draft.data)).model_validate_json(
            json.dumps(draft.data, default=str), strict=True
        )
    except ValidationError as error:
        faults += Diagnosis(draft.data, catalog).faults(error)
    if faults:
        sentences = [_sentence(draft, fault) for fault in sorted(faults, key=lambda fault: _order(draft, fault))]
        raise RecipeError(list(dict.fromkeys(sentences)))
    values: dict[str, Any] = {name: getattr(bound, name) for name in Recipe.model_fields}
    values["thresholds"] = tuple(settled(entry) for entry in bound.thresholds)
    # each bind() makes a type of its own; recipes are compared, so all of them become plain ones
    return Recipe.model_construct(_fields_set=set(bound.model_fields_set), **values)


def _names_fallbacks(data: Any) -> bool:
    entries = data.get("thresholds") if isinstance(data, dict) else None
    return isinstance(entries, list) and any(isinstance(entry, dict) and FALLBACK in entry for entry in entries)


def _references(path: KeyPath, value: Any) -> Iterator[Fault]:
    """Find text that hopes to be filled in from the environment: recipes say what they mean."""
    if isinstance(value, dict | list):
        for key, inner in value.items() if isinstance(value, dict) else enumerate(value):
            yield from _references((*path, key), inner)
    elif isinstance(value, str) and "${" in value:
        hint = f"recipes do not read the environment; write the value, or pass --set {dotted(path)}=..."
        yield Fault(path, f"{show(value)} is not allowed; {hint}")


def _sentence(draft: Draft, fault: Fault) -> str:
    place, key = draft.place(fault.path), dotted(fault.path)
    if not fault.path:
        return f"{fault.place or place}: {fault.sentence}"
    return f"{place} {key}: {fault.sentence}" if place == PLACE else f"{place}: {key}: {fault.sentence}"


def _order(draft: Draft, fault: Fault) -> tuple[int, str]:
    line = (fault.place or draft.place(fault.path)).rpartition(":")[2]
    return (int(line) if line.isdecimal() else 2**31, dotted(fault.path))
