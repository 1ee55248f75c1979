"""The tables of the registry. Migrations go forward only: append to them, never edit one that was released."""

from __future__ import annotations

_VERSION_1 = (
    """
    CREATE TABLE models (
        name TEXT PRIMARY KEY,
        last_version INTEGER NOT NULL CHECK (last_version >= 0)
    ) STRICT, WITHOUT ROWID
    """,
    # Two models whose names differ only in case would be taken for one another
    "CREATE UNIQUE INDEX models_in_any_case ON models (lower(name))",
    """
    CREATE TABLE versions (
        name TEXT NOT NULL REFERENCES models (name),
        number INTEGER NOT NULL CHECK (number >= 1),
        digest TEXT NOT NULL,
        created TEXT NOT NULL,
        author TEXT NOT NULL,
        size INTEGER NOT NULL,
        summary TEXT NOT NULL,
        yanked TEXT NOT NULL DEFAULT '',
        PRIMARY KEY (name, number)
    ) STRICT, WITHOUT ROWID
    """,
    "CREATE INDEX versions_by_digest ON versions (digest)",
    """
    CREATE TABLE aliases (
        name TEXT NOT NULL,
        alias TEXT NOT NULL,
        number INTEGER NOT NULL,
        PRIMARY KEY (name, alias),
        FOREIGN KEY (name, number) REFERENCES versions (name, number)
    ) STRICT, WITHOUT ROWID
    """,
    """
    CREATE TABLE alias_history (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        name TEXT NOT NULL,
        alias TEXT NOT NULL,
        kind TEXT NOT NULL CHECK (kind IN ('set', 'rollback', 'remove')),
        number_before INTEGER,
        number_after INTEGER,
        author TEXT NOT NULL,
        changed TEXT NOT NULL,
        why TEXT NOT NULL
    ) STRICT
    """,
    "CREATE INDEX history_by_alias ON alias_history (name, alias)",
    """
    CREATE TRIGGER versions_are_immutable
    BEFORE UPDATE OF name, number, digest, created, author, size, summary ON versions
    BEGIN SELECT RAISE(ABORT, 'a published version never changes'); END
    """,
    """
    CREATE TRIGGER yanked_versions_stay_yanked BEFORE UPDATE OF yanked ON versions WHEN OLD.yanked <> ''
    BEGIN SELECT RAISE(ABORT, 'a yanked version stays yanked'); END
    """,
    """
    CREATE TRIGGER versions_stay BEFORE DELETE ON versions
    BEGIN SELECT RAISE(ABORT, 'a published version is never deleted'); END
    """,
    """
    CREATE TRIGGER versions_are_contiguous BEFORE INSERT ON versions
    WHEN NEW.number <> (SELECT last_version FROM models WHERE name = NEW.name)
        OR EXISTS (SELECT 1 FROM versions WHERE name = NEW.name AND number = NEW.number)
    BEGIN SELECT RAISE(ABORT, 'versions are numbered 1, 2, 3 and never replaced'); END
    """,
    """
    CREATE TRIGGER numbers_are_never_reused BEFORE UPDATE ON models
    WHEN NEW.name <> OLD.name OR NEW.last_version <= OLD.last_version
    BEGIN SELECT RAISE(ABORT, 'a version number is never reused'); END
    """,
    """
    CREATE TRIGGER models_stay BEFORE DELETE ON models
    BEGIN SELECT RAISE(ABORT, 'a model is never deleted'); END
    """,
    """
    CREATE TRIGGER history_is_not_rewritten BEFORE UPDATE ON alias_history
    BEGIN SELECT RAISE(ABORT, 'the history of an alias is never rewritten'); END
    """,
    """
    CREATE TRIGGER history_stays BEFORE DELETE ON alias_history
    BEGIN SELECT RAISE(ABORT, 'the history of an alias is never deleted'); END
    """,
)

MIGRATIONS: tuple[tuple[str, ...], ...] = (_VERSION_1,)
"""Statements that lead from schema 0 to 1, from 1 to 2, and so on."""
