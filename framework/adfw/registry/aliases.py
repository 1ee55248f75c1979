"""Aliases: names that move from version to version, with a history that only grows."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from adfw.errors import RegistryError
from adfw.registry.names import check_alias
from adfw.registry.records import AliasChange
from adfw.registry.rows import version_of

if TYPE_CHECKING:
    import sqlite3

    from adfw.registry.records import Version
    from adfw.store_interface import Expected


class Signature(NamedTuple):
    """Who changes an alias, when (UTC, ISO 8601) and why."""

    who: str
    when: str
    why: str


def set_alias(
    database: sqlite3.Connection, version: Version, alias: str, signature: Signature, expect: Expected
) -> None:
    """Point an alias at a version, if it points where `expect` says; raises RegistryError otherwise."""
    target = version_of(database, version.name, version.number)
    if target.yanked:
        raise RegistryError(f"{target}: is yanked ({target.yanked}); no alias may point at it")
    before = _current(database, version.name, check_alias(alias))
    if expect not in ("any", before):
        raise RegistryError(
            f"{version.name}@{alias} points at {_words(before)}, not at {_words(expect)}; "
            f"somebody was quicker: look at it and decide again"
        )
    _point(database, version.name, alias, version.number)
    _record(database, version.name, AliasChange(alias, "set", before, version.number, *signature))


def remove_alias(database: sqlite3.Connection, name: str, alias: str, signature: Signature) -> None:
    """Remove an alias; raises RegistryError if there is none."""
    before = _current(database, name, check_alias(alias))
    if before is None:
        raise RegistryError(f"{name} has no alias {alias!r}")
    database.execute("DELETE FROM aliases WHERE name = ? AND alias = ?", (name, alias))
    _record(database, name, AliasChange(alias, "remove", before, None, *signature))


def rollback(database: sqlite3.Connection, name: str, alias: str, signature: Signature) -> Version:
    """Point an alias at the version it was set to before; raises RegistryError if there is none.

    A second rollback goes one further back, not forth again; yanked versions are passed over.
    """
    before = _current(database, name, check_alias(alias))
    if before is None:
        raise RegistryError(f"{name} has no alias {alias!r} to roll back")
    for number in reversed(_trail(history(database, name, alias))[:-1]):
        target = version_of(database, name, number)
        if number != before and not target.yanked:
            _point(database, name, alias, number)
            _record(database, name, AliasChange(alias, "rollback", before, number, *signature))
            return version_of(database, name, number)
    raise RegistryError(f"{name}@{alias} has pointed at no other version that is still usable than {name}:{before}")


def history(database: sqlite3.Connection, name: str, alias: str | None) -> list[AliasChange]:
    """Return the changes of a model's aliases, or of one of them, the oldest first."""
    query = "SELECT alias, kind, number_before, number_after, author, changed, why FROM alias_history WHERE name = ?"
    chosen = (name,) if alias is None else (name, check_alias(alias))
    rows = database.execute(f"{query}{'' if alias is None else ' AND alias = ?'} ORDER BY id", chosen)
    return [AliasChange(*row) for row in rows]


def _trail(changes: list[AliasChange]) -> list[int]:
    """Return the versions an alias was set to and not rolled back from, the oldest first."""
    trail: list[int] = []
    for change in changes:
        if change.kind == "rollback":
            while trail and trail[-1] != change.after:
                trail.pop()
        elif change.after is not None:
            trail.append(change.after)
    return trail


def _current(database: sqlite3.Connection, name: str, alias: str) -> int | None:
    row = database.execute("SELECT number FROM aliases WHERE name = ? AND alias = ?", (name, alias)).fetchone()
    return None if row is None else int(row[0])


def _point(database: sqlite3.Connection, name: str, alias: str, number: int) -> None:
    change = "INSERT INTO aliases VALUES (?, ?, ?) ON CONFLICT (name, alias) DO UPDATE SET number = excluded.number"
    database.execute(change, (name, alias, number))


def _record(database: sqlite3.Connection, name: str, change: AliasChange) -> None:
    columns = "name, alias, kind, number_before, number_after, author, changed, why"
    database.execute(f"INSERT INTO alias_history ({columns}) VALUES (?, ?, ?, ?, ?, ?, ?, ?)", (name, *change))


def _words(number: Expected) -> str:
    return "nothing" if number is None else f"version {number}"
