"""YAML text -> plain data and the place of every key, with caps on what an attacker could make large.

The parser's events are read one by one, so that reaching a cap stops the parser too. Tags are refused; an alias counts
as often as it is used.
"""

from __future__ import annotations

from copy import deepcopy
from dataclasses import dataclass, field
from io import StringIO
from typing import TYPE_CHECKING, Any, NamedTuple, NoReturn

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.events import AliasEvent, CollectionEndEvent, ScalarEvent, SequenceStartEvent, StreamEndEvent

from adfw.errors import RecipeError
from adfw.recipe.scalars import plain_scalar
from adfw.recipe.syntax import syntax_fault

if TYPE_CHECKING:
    from collections.abc import Iterator

MAX_BYTES, MAX_VALUES, MAX_DEPTH = 256 * 1024, 5_000, 24
KeyPath = tuple[str | int, ...]


class Fault(NamedTuple):
    """What is wrong, and with which key."""

    path: KeyPath
    sentence: str
    place: str | None = None


@dataclass
class Draft:
    """A recipe before it is checked: plain data, where each part of it stands, and the faults found so far."""

    source: str
    data: Any = None
    places: dict[KeyPath, str] = field(default_factory=dict)
    faults: list[Fault] = field(default_factory=list)

    def place(self, path: KeyPath) -> str:
        """Return where a key stands, or else the nearest one above it."""
        while path and path not in self.places:
            path = path[:-1]
        return self.places.get(path, self.source)


def read_yaml(text: str, source: str) -> Draft:
    """Read one YAML document; raises RecipeError, with the line, for what is no YAML, or too large."""
    if len(text) > MAX_BYTES:
        raise RecipeError([f"{source}: is larger than {MAX_BYTES // 1024} KB; a recipe is a page of text"])
    draft = Draft(source)
    try:
        _Reader(YAML(typ="rt", pure=True).parse(StringIO(text)), draft).document()
    except MarkedYAMLError as error:
        raise RecipeError([syntax_fault(error, text, source)]) from None
    except (YAMLError, ValueError) as error:
        reason = " ".join(str(error).split())
        raise RecipeError([f"{source}: is not YAML ({reason}); save it as plain UTF-8 text"]) from None
    return draft


class _Reader:
    """Builds plain data from the parser's events."""

    def __init__(self, events: Iterator[Any], draft: Draft) -> None:
        self.events, self.draft = events, draft
        self.anchors: dict[str, Any] = {}
        self.values = 0

    def document(self) -> None:
        next(self.events)  # the stream begins
        if isinstance(next(self.events), StreamEndEvent):
            return
        self.draft.data = self.value(next(self.events), ())
        next(self.events)  # the document ends
        following = next(self.events)
        if not isinstance(following, StreamEndEvent):
            self.refuse(following, "a second document begins here; write one recipe a file")

    def value(self, event: Any, path: KeyPath) -> Any:
        self.draft.places.setdefault(path, self.at(event))
        if isinstance(event, AliasEvent):
            return self.aliased(event)
        self.count(1, event)
        if len(path) > MAX_DEPTH:
            self.refuse(event, f"is nested deeper than {MAX_DEPTH} levels; a recipe is a page of text")
        if event.tag not in {None, "!"}:
            self.refuse(event, f"the tag {event.tag!r} is not allowed; a recipe holds plain values only")
        found: Any
        if isinstance(event, ScalarEvent):
            found = self.text(event) if event.style else plain_scalar(self.text(event))
        elif isinstance(event, SequenceStartEvent):
            found = [self.value(item, (*path, index)) for index, item in enumerate(self.until_end())]
        else:
            found = self.mapping(path)
        if event.anchor:
            self.anchors[event.anchor] = found
        return found

    def mapping(self, path: KeyPath) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for event in self.until_end():
            if not isinstance(event, ScalarEvent):
                self.refuse(event, "a key must be one word; quote text that begins with { or [")
            key = self.text(event)
            if key in found:
                first = self.draft.places[*path, key].rpartition(":")[2]
                again = Fault((*path, key), f"is given twice, first in line {first}; remove one of them")
                self.draft.faults.append(again)
            self.draft.places[*path, key] = self.at(event)
            found[key] = self.value(next(self.events), (*path, key))
        return found

    def aliased(self, event: Any) -> Any:
        if event.anchor not in self.anchors:
            self.refuse(event, f"the alias *{event.anchor} has no complete anchor &{event.anchor} before it")
        self.count(_size(self.anchors[event.anchor]), event)
        return deepcopy(self.anchors[event.anchor])  # an override changes one place, not its aliases

    def until_end(self) -> Iterator[Any]:
        for event in self.events:
            if isinstance(event, CollectionEndEvent):
                return
            yield event

    def text(self, event: Any) -> str:
        text: str = event.value
        if any("\ud800" <= letter <= "\udfff" for letter in text):
            self.refuse(event, "half of a surrogate pair is no letter; write the letter itself")
        return text

    def count(self, values: int, event: Any) -> None:
        self.values += values
        if self.values > MAX_VALUES:
            self.refuse(event, f"holds more than {MAX_VALUES} values, aliases written out; a recipe is a page of text")

    def at(self, event: Any) -> str:
        return f"{self.draft.source}:{event.start_mark.line + 1}"

    def refuse(self, event: Any, sentence: str) -> NoReturn:
        raise RecipeError([f"{self.at(event)}: {sentence}"])


def _size(value: Any) -> int:
    parts = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return 1 + sum(map(_size, parts))
