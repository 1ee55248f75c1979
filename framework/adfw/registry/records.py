"""What the registry tells: models, versions and the changes of aliases."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple, Self

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


class Version(NamedTuple):
    """One published version; only `yanked` can change.

    `created` is UTC in ISO 8601; `size` is in bytes; `summary` holds what `models list` shows of the metrics; `yanked`
    says why the version must no longer be used, "" if it may.
    """

    name: str
    number: int
    digest: str
    created: str = ""
    author: str = ""
    size: int = 0
    summary: Mapping[str, Any] = {}
    yanked: str = ""
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

    @classmethod
    def of(cls, versions: Sequence[Version]) -> Self:
        """Return the record of a model by all its versions, at least one, the newest first."""
        newest = versions[0]
        aliases = sorted((alias, version.number) for version in versions for alias in version.aliases)
        return cls(newest.name, len(versions), newest.number, newest.created, newest.summary, dict(aliases))


class AliasChange(NamedTuple):
    """One entry of an alias's history, None where it pointed at nothing; `kind` is set, rollback or remove."""

    alias: str
    kind: str
    before: int | None
    after: int | None
    who: str
    when: str
    why: str
