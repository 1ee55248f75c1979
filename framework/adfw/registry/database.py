"""The registry's SQLite file: opened with the settings that its guarantees rest on, migrated forward only."""

from __future__ import annotations

import sqlite3
from contextlib import contextmanager
from typing import TYPE_CHECKING
from urllib.parse import quote

from adfw.errors import RegistryError
from adfw.registry.location import refuse_network
from adfw.registry.schema import MIGRATIONS

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

FILE = "registry.sqlite"
APPLICATION = 0x61646677  # "adfw"
OLDEST_SQLITE = (3, 37, 0)  # STRICT tables
WAIT_SECONDS = 30.0


@contextmanager
def writing(root: Path) -> Iterator[sqlite3.Connection]:
    """Open for one transaction, which is committed at the end and rolled back on any error.

    Raises RegistryError where the registry cannot be written or was made by a newer adfw.
    """
    with _translated(root):
        refuse_network(root)
        root.mkdir(parents=True, exist_ok=True)
        connection = sqlite3.connect(root / FILE, timeout=WAIT_SECONDS, isolation_level=None)
        try:
            _configure(connection)
            migrate(connection, root)
            connection.execute("BEGIN IMMEDIATE")
            try:
                yield connection
            except BaseException:
                if connection.in_transaction:  # after a full disk SQLite has rolled back already
                    connection.execute("ROLLBACK")
                raise
            connection.execute("COMMIT")
        finally:
            connection.close()


@contextmanager
def reading(root: Path) -> Iterator[sqlite3.Connection]:
    """Open for queries; a registry that does not exist yet is an empty one.

    Reads what a newer adfw wrote as far as its tables still hold the columns known here.
    """
    with _translated(root):
        connection = _open_for_reading(root)
        try:
            connection.execute("BEGIN")  # one consistent view for all queries
            yield connection
        finally:
            connection.close()


def migrate(connection: sqlite3.Connection, root: Path, migrations: Sequence[Sequence[str]] = MIGRATIONS) -> None:
    """Bring the tables to the newest schema; raises RegistryError for a file of something else or a newer adfw."""
    found = _schema(connection, root)
    if found == len(migrations):
        return
    connection.execute("BEGIN IMMEDIATE")
    found = _schema(connection, root)  # another process may have been quicker
    if found > len(migrations):
        connection.execute("ROLLBACK")
        raise RegistryError(
            f"{root}: was written by a newer adfw (schema {found}, this one knows {len(migrations)}); "
            f"upgrade adfw to change it, reading is still possible"
        )
    for statements in migrations[found:]:
        for statement in statements:
            connection.execute(statement)
    connection.execute(f"PRAGMA user_version = {len(migrations)}")
    connection.execute(f"PRAGMA application_id = {APPLICATION}")
    connection.execute("COMMIT")


def _configure(connection: sqlite3.Connection) -> None:
    mode = connection.execute("PRAGMA journal_mode = WAL").fetchone()[0]
    if mode != "wal":
        raise RegistryError(
            f"this file system allows no write-ahead log (SQLite chose {mode}); set ADFW_HOME elsewhere"
        )
    for setting in ("synchronous = FULL", "foreign_keys = ON", "recursive_triggers = ON"):
        connection.execute(f"PRAGMA {setting}")


def _open_for_reading(root: Path) -> sqlite3.Connection:
    path = root / FILE
    if not path.exists():
        connection = sqlite3.connect(":memory:", isolation_level=None)
        migrate(connection, root)
        return connection
    uri = f"file:{quote(str(path.absolute()))}?mode=ro"
    connection = sqlite3.connect(uri, uri=True, timeout=WAIT_SECONDS, isolation_level=None)
    try:
        _schema(connection, root)
    except sqlite3.OperationalError:
        # Without the right to make the log's index beside the file, it can only be read as one that nobody changes
        connection.close()
        connection = sqlite3.connect(f"{uri}&immutable=1", uri=True, isolation_level=None)
        _schema(connection, root)
    return connection


def _schema(connection: sqlite3.Connection, root: Path) -> int:
    """Return the schema's number, 0 for a file without tables; raises RegistryError for another program's file."""
    application = connection.execute("PRAGMA application_id").fetchone()[0]
    tables = connection.execute("SELECT count(*) FROM sqlite_schema").fetchone()[0]
    if tables and application != APPLICATION:
        raise RegistryError(f"{root / FILE}: is no registry of adfw; set ADFW_HOME to another folder")
    return int(connection.execute("PRAGMA user_version").fetchone()[0])


@contextmanager
def _translated(root: Path) -> Iterator[None]:
    """Turn faults of SQLite and of the file system into sentences."""
    if sqlite3.sqlite_version_info < OLDEST_SQLITE:
        raise RegistryError(f"SQLite {sqlite3.sqlite_version} is too old for the registry; Python needs 3.37 or newer")
    try:
        yield
    except sqlite3.Error as error:
        raise RegistryError(f"{root / FILE}: {_explained(str(error))}") from error
    except OSError as error:
        raise RegistryError(f"{root}: cannot be used ({error.strerror}); set ADFW_HOME to another folder") from error


def _explained(message: str) -> str:
    known = {
        "locked": f"another process has been writing for {WAIT_SECONDS:.0f} seconds; try again",
        "disk is full": "the disk is full and nothing was changed; make room or set ADFW_HOME to another disk",
        "readonly": "cannot be written; set ADFW_HOME to a folder you may write to",
        "unable to open": "cannot be opened; set ADFW_HOME to a folder you may write to",
        "malformed": "is damaged; restore it from a copy, the detectors beside it are still whole",
        "not a database": "is damaged or no registry of adfw; restore it from a copy or set ADFW_HOME elsewhere",
    }
    reasons = [f"{remedy} ({message})" for part, remedy in known.items() if part in message]
    return reasons[0] if reasons else message
