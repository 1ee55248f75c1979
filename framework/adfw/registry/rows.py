"""Queries of models and versions."""

from __future__ import annotations

import json
from collections import defaultdict
from typing import TYPE_CHECKING, Any

from adfw.errors import RegistryError
from adfw.registry.records import ModelRecord, Version

if TYPE_CHECKING:
    import sqlite3

    from adfw.registry.names import Reference

_COLUMNS = "SELECT name, number, digest, created, author, size, summary, yanked FROM versions"


def models(database: sqlite3.Connection) -> list[ModelRecord]:
    """Return all models by name, with the newest version's summary."""
    pointing: dict[str, dict[str, int]] = defaultdict(dict)
    for name, alias, number in database.execute("SELECT name, alias, number FROM aliases ORDER BY alias"):
        pointing[name][alias] = number
    newest = "SELECT m.name, m.last_version, v.created, v.summary FROM models m JOIN versions v"
    rows = database.execute(f"{newest} ON v.name = m.name AND v.number = m.last_version ORDER BY m.name")
    return [
        ModelRecord(name, last, last, created, json.loads(summary), pointing[name])
        for name, last, created, summary in rows
    ]


def versions(database: sqlite3.Connection, name: str) -> list[Version]:
    """Return the versions of a model, the newest first; raises RegistryError for an unknown model."""
    pointing = defaultdict(list)
    for alias, number in database.execute("SELECT alias, number FROM aliases WHERE name = ? ORDER BY alias", (name,)):
        pointing[number].append(alias)
    rows = database.execute(f"{_COLUMNS} WHERE name = ? ORDER BY number DESC", (name,)).fetchall()
    if not rows:
        raise RegistryError(_unknown(database, name))
    return [_version(row, tuple(pointing[row[1]])) for row in rows]


def version_of(database: sqlite3.Connection, name: str, number: int) -> Version:
    """Return one version, yanked or not; raises RegistryError if there is none."""
    row = database.execute(f"{_COLUMNS} WHERE name = ? AND number = ?", (name, number)).fetchone()
    if row is None:
        last = database.execute("SELECT last_version FROM models WHERE name = ?", (name,)).fetchone()
        if last is None:
            raise RegistryError(_unknown(database, name))
        raise RegistryError(f"there is no {name}:{number}; the newest is {name}:{last[0]}")
    pointing = database.execute("SELECT alias FROM aliases WHERE name = ? AND number = ? ORDER BY alias", row[:2])
    return _version(row, tuple(alias for (alias,) in pointing))


def newest_with(database: sqlite3.Connection, name: str, digest: str) -> Version | None:
    """Return the newest version of a model with one content, None if there is none."""
    found = database.execute(
        "SELECT max(number) FROM versions WHERE name = ? AND digest = ?", (name, digest)
    ).fetchone()
    return None if found[0] is None else version_of(database, name, found[0])


def find(database: sqlite3.Connection, reference: Reference) -> Version:
    """Return the version that a reference means; raises RegistryError with what there is instead."""
    name = reference.name
    if reference.version is not None:
        return version_of(database, name, reference.version)
    if reference.digest is not None:
        found = newest_with(database, name, reference.digest)
        if found is None:
            raise RegistryError(f"no version of {name} has the digest {reference.digest}")
        return found
    if reference.alias is not None:
        return version_of(database, name, _pointed_at(database, name, reference.alias))
    query = "SELECT max(number) FROM versions WHERE name = ? AND yanked = ''"
    number = database.execute(query, (name,)).fetchone()[0]
    if number is None:
        every = versions(database, name)
        raise RegistryError(f"all {len(every)} versions of {name} are yanked; name one of them: {every[0]}")
    return version_of(database, name, number)


def _pointed_at(database: sqlite3.Connection, name: str, alias: str) -> int:
    row = database.execute("SELECT number FROM aliases WHERE name = ? AND alias = ?", (name, alias)).fetchone()
    if row is not None:
        return int(row[0])
    known = sorted({alias for version in versions(database, name) for alias in version.aliases})
    raise RegistryError(f"{name} has no alias {alias!r}; it has: {', '.join(known) or 'none'}")


def _version(row: tuple[Any, ...], aliases: tuple[str, ...]) -> Version:
    name, number, digest, created, author, size, summary, yanked = row
    return Version(name, number, digest, created, author, size, json.loads(summary), yanked, aliases)


def _unknown(database: sqlite3.Connection, name: str) -> str:
    known = [known for (known,) in database.execute("SELECT name FROM models ORDER BY name LIMIT 20")]
    folder = f"; for a folder write ./{name}"
    return f"there is no model {name!r} in the registry; there is: {', '.join(known) or 'none'}{folder}"
