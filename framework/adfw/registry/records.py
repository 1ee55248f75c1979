"""What the registry tells: models, versions and the changes of aliases."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping


class Version(NamedTuple):
    """One published version; only `yanked` can change.

    `created` is UTC in ISO 8601; `summary` holds what `models list` shows of the metrics; `yanked` says why the
    version must no longer be used, "" if it may.
    """

    name: str
    number: int
    digest: str
    created: str
    author: str
    size: int
    summary: Mapping[str, Any]
    yanked: str
    aliases: tuple[str, ...] = ()

    def __str__(self) -> str:
        return f"{self.name}:{self.number}"


class ModelRecord(NamedTuple):
    """One model: how many versions it has, the newest, and its aliases with the version each points at."""

    name: str
    versions: int
    newest: int
    created: str
    summary: Mapping[str, Any]
    aliases: Mapping[str, int]


class AliasChange(NamedTuple):
    """One entry of an alias's history, None where it pointed at nothing; `kind` is set, rollback or remove."""

    alias: str
    kind: str
    before: int | None
    after: int | None
    who: str
    when: str
    why: str
