"""`--set model.dropout=0.2`: one value of a draft, changed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from adfw.errors import RecipeError
from adfw.recipe.reading import Fault, read_yaml

if TYPE_CHECKING:
    from collections.abc import Sequence

    from adfw.recipe.reading import Draft, KeyPath

PLACE = "--set"


def apply_overrides(draft: Draft, overrides: Sequence[str]) -> None:
    """Set each KEY=VALUE in the draft's data; faults are added to the draft's.

    Keys are separated by dots, entries of a list numbered from 0; values are read as YAML, so `0.2` is a number,
    `text` is text, and `{name: ssim}` a whole section.
    """
    for override in overrides:
        key, equals, text = override.partition("=")
        path = tuple(int(part) if part.isdecimal() else part for part in key.strip().split("."))
        if not equals or "" in path:
            draft.faults.append(Fault((), "write KEY=VALUE, e.g. --set model.dropout=0.2", f"{PLACE} {override}"))
            continue
        try:
            _set(draft, path, read_yaml(text, PLACE).data)
        except RecipeError as error:
            reason = str(error).removeprefix(f"{PLACE}:1: ")
            draft.faults.append(Fault((), reason, f"{PLACE} {override}"))


def _set(draft: Draft, path: KeyPath, value: Any) -> None:
    section: Any = draft.data
    reached: KeyPath = ()
    for key in path[:-1]:
        if isinstance(section, dict) and section.get(str(key)) is None:
            section[str(key)] = {}
            draft.places.setdefault((*reached, str(key)), PLACE)
        here = _key(section, key, reached)
        section, reached = section[here], (*reached, here)
    here = _key(section, path[-1], reached)
    section[here], reached = value, (*reached, here)
    for inside in [place for place in draft.places if place[: len(reached)] == reached]:
        del draft.places[inside]
    draft.places[reached] = PLACE


def _key(section: Any, key: str | int, path: KeyPath) -> str | int:
    """Return the key as this section spells it; raises RecipeError where it cannot have one."""
    dotted = ".".join(map(str, path)) or "the recipe"
    if isinstance(section, dict):
        return str(key)
    if not isinstance(section, list):
        raise RecipeError([f"{dotted} is a single value and has no {key!r}"])
    if not isinstance(key, int) or key >= len(section):
        raise RecipeError([f"{dotted} is a list; allowed: 0 to {len(section) - 1}"])
    return key
