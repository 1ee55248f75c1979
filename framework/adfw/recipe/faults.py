"""What pydantic found wrong, as sentences: what it is, what is allowed, what was probably meant."""

from __future__ import annotations

import json
import re
from collections import defaultdict
from typing import TYPE_CHECKING, Any

from adfw.recipe.binding import SECTIONS, section_kind
from adfw.recipe.fields import fields_at
from adfw.recipe.mismatch import WANTED, mismatch
from adfw.recipe.reading import Fault
from adfw.suggestions import did_you_mean

if TYPE_CHECKING:
    from pydantic import ValidationError
    from pydantic_core import ErrorDetails

    from adfw.catalog import Catalog
    from adfw.recipe.reading import KeyPath

BOUNDS = {
    "greater_than": "must be above {gt}",
    "greater_than_equal": "must be at least {ge}",
    "less_than": "must be below {lt}",
    "less_than_equal": "must be at most {le}",
    "too_short": "needs at least {min_length} of them",
    "too_long": "may have at most {max_length} of them",
    "string_too_short": "needs at least {min_length} letters",
    "string_too_long": "may have at most {max_length} letters",
    "string_pattern_mismatch": "must match {pattern}",
    "finite_number": "must be a finite number",
}


class Diagnosis:
    """Turns the errors of one draft into faults."""

    def __init__(self, data: Any, catalog: Catalog) -> None:
        self.data, self.catalog = data, catalog

    def faults(self, error: ValidationError) -> list[Fault]:
        """Return a fault for each error, those of the branches of a union together."""
        wanted: dict[KeyPath, list[str]] = defaultdict(list)
        found: list[Fault] = []
        for detail in error.errors(include_url=False):
            path = self.path(detail)
            if detail["type"] in WANTED:
                wanted[path].append(WANTED[detail["type"]])
            else:
                found.append(Fault(path, self.sentence(detail, path)))
        found += [Fault(path, mismatch(path, words, self.value(path), self.catalog)) for path, words in wanted.items()]
        # where one branch of a union got further, the others were not meant; and a list is short of its faulty entries
        return [fault for fault in found if not any(_inside(other.path, fault.path) for other in found)]

    def path(self, detail: ErrorDetails) -> KeyPath:
        """Return the keys as the recipe spells them: pydantic's path without the names of unions' branches."""
        path: KeyPath = ()
        here, tag = self.data, None
        for part in detail["loc"]:
            if part == tag:
                tag = None
                continue
            if (isinstance(here, dict) and part in here) or (isinstance(here, list) and isinstance(part, int)):
                path, here = (*path, part), here[part]  # type: ignore[index]
                tag = here.get("name") if section_kind(path) and isinstance(here, dict) else None
        if detail["type"] == "missing":
            return (*path, str(detail["loc"][-1]))
        return (*path, "name") if detail["type"].startswith("union_tag") else path

    def value(self, path: KeyPath) -> Any:
        """Return what the recipe says at a key."""
        here = self.data
        for part in path:
            here = here[part]
        return here

    def sentence(self, detail: ErrorDetails, path: KeyPath) -> str:
        """Return what is wrong with one key, but for its type."""
        kind, context = detail["type"], detail.get("ctx", {})
        if kind.startswith("union_tag"):
            return self.unknown_component(path)
        if kind == "extra_forbidden":
            return self.unknown_key(path)
        if kind == "missing":
            return f"is missing; add `{path[-1]}: ...` to {dotted(path[:-1]) or 'the recipe'}{self.meaning(path)}"
        if kind == "value_error":
            return str(context["error"])
        return f"{show(self.value(path))} is not allowed; {self.allowed(detail, path)}"

    def allowed(self, detail: ErrorDetails, path: KeyPath) -> str:
        """Say which values a field takes."""
        kind, context = detail["type"], detail.get("ctx", {})
        if kind in {"literal_error", "enum"}:
            choices = _choices(str(context["expected"]))
            return f"allowed: {', '.join(choices)}{did_you_mean(str(self.value(path)), choices)}"
        if kind in BOUNDS:
            return f"it {BOUNDS[kind].format(**context)}{self.meaning(path)}"
        return detail["msg"].replace("Input should", "it should", 1)

    def unknown_component(self, path: KeyPath) -> str:
        """Say why no installed component goes by a name, or that there is no name."""
        kind = section_kind(path[:-1])
        section = self.value(path[:-1])
        name = section.get("name") if isinstance(section, dict) else None
        if kind is None:
            return f"{show(name)} is not allowed"
        if name is None:
            return f"is missing; allowed: {', '.join(self.catalog.of_kind(kind)) or 'none is installed'}"
        return f"there is no usable {kind} {show(name)}; {self.catalog.advice(kind, str(name))}"

    def unknown_key(self, path: KeyPath) -> str:
        """Say which keys there are, and where else this one would belong."""
        allowed = fields_at(path[:-1], self.data, self.catalog)
        key = str(path[-1])
        hint = did_you_mean(key, allowed) or self.other_home(key)
        return f"there is no such key; allowed: {', '.join(allowed)}{hint}"

    def other_home(self, key: str) -> str:
        """Say under which section a key belongs that was written elsewhere."""
        places: list[KeyPath] = [(), *((section,) for section in ("preprocessing", "synthetic", "costs", "compute"))]
        places += [path for section in SECTIONS for path in (((section,), (section, 0)))]
        homes = [(*path, key) for path in places if key in fields_at(path, self.data, self.catalog)]
        return f"; did you mean {dotted(homes[0])!r}?" if homes else ""

    def meaning(self, path: KeyPath) -> str:
        """Return what the field is for, if its author says so."""
        field = fields_at(path[:-1], self.data, self.catalog).get(str(path[-1]))
        return f" ({field.description})" if field and field.description else ""


def show(value: Any) -> str:
    """Return a value as a recipe spells it, cut short."""
    text = repr(value) if isinstance(value, str) else json.dumps(value)
    return text if len(text) <= 60 else f"{text[:57]}..."


def dotted(path: KeyPath) -> str:
    """Return keys as `--set` writes them."""
    return ".".join(map(str, path))


def _inside(path: KeyPath, section: KeyPath) -> bool:
    return len(path) > len(section) and path[: len(section)] == section


def _choices(expected: str) -> list[str]:
    return re.findall(r"'([^']*)'", expected) or re.split(r", | or ", expected)
