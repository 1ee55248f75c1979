from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from adfw import RegistryError
from adfw.registry import database
from adfw.registry.database import FILE, migrate, reading, writing
from adfw.registry.schema import MIGRATIONS

if TYPE_CHECKING:
    from adfw.registry import Registry

NEXT = (
    *MIGRATIONS,
    ("ALTER TABLE versions ADD COLUMN line TEXT NOT NULL DEFAULT ''", "CREATE TABLE more (x TEXT) STRICT"),
)


def test_the_settings_its_guarantees_rest_on(tmp_path: Path) -> None:
    with writing(tmp_path) as connection:
        found = {name: connection.execute(f"PRAGMA {name}").fetchone()[0] for name in ("journal_mode", "synchronous")}
        found |= {name: connection.execute(f"PRAGMA {name}").fetchone()[0] for name in ("foreign_keys", "busy_timeout")}
    assert found == {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1, "busy_timeout": 30_000}


def test_a_failing_transaction_changes_nothing(tmp_path: Path) -> None:
    with pytest.raises(RegistryError, match="no such table"), writing(tmp_path) as connection:
        _insert_twice(connection)
    with reading(tmp_path) as connection:
        assert connection.execute("SELECT count(*) FROM models").fetchone() == (0,)


def _insert_twice(connection: sqlite3.Connection) -> None:
    connection.execute("INSERT INTO models VALUES ('capsule', 1)")
    connection.execute("INSERT INTO nowhere VALUES (1)")


def test_reading_cannot_write(registry: Registry, make_package: object) -> None:
    registry.publish(make_package("a"), "capsule")
    with pytest.raises(RegistryError, match="cannot be written"), reading(registry.root) as connection:
        connection.execute("UPDATE models SET last_version = 5")


def test_migrations_lead_forward_and_keep_what_is_there(registry: Registry, make_package: object) -> None:
    version = registry.publish(make_package("a"), "capsule")
    connection = sqlite3.connect(registry.root / FILE, isolation_level=None)
    migrate(connection, registry.root, NEXT)
    migrate(connection, registry.root, NEXT)
    assert connection.execute("PRAGMA user_version").fetchone() == (2,)
    connection.close()
    assert registry.resolve("capsule") == version  # read by an adfw that knows only the older schema


def test_a_newer_schema_is_read_but_not_written(registry: Registry, make_package: object) -> None:
    registry.publish(make_package("a"), "capsule")
    connection = sqlite3.connect(registry.root / FILE, isolation_level=None)
    migrate(connection, registry.root, NEXT)
    connection.close()
    assert registry.models()[0].name == "capsule"
    with pytest.raises(RegistryError, match=r"newer adfw \(schema 2, this one knows 1\); upgrade adfw"):
        registry.publish(make_package("b"), "capsule")
    assert [version.number for version in registry.versions("capsule")] == [1]


def test_a_migration_that_fails_leaves_the_older_schema(registry: Registry, make_package: object) -> None:
    registry.publish(make_package("a"), "capsule")
    broken = (*MIGRATIONS, ("CREATE TABLE more (x TEXT) STRICT", "CREATE TABLE models (x TEXT)"))
    connection = sqlite3.connect(registry.root / FILE, isolation_level=None)
    with pytest.raises(sqlite3.OperationalError):
        migrate(connection, registry.root, broken)
    connection.close()
    assert registry.publish(make_package("b"), "capsule").number == 2


@pytest.mark.parametrize("content", [b"no database at all, but long enough to look at it" * 20, b"SQLite format 3\0"])
def test_a_file_of_something_else_is_refused(tmp_path: Path, content: bytes) -> None:
    (tmp_path / FILE).write_bytes(content)
    for use in (reading, writing):
        with pytest.raises(RegistryError, match=r"damaged or no registry"), use(tmp_path):
            pass


def test_another_programs_database_is_refused(tmp_path: Path) -> None:
    connection = sqlite3.connect(tmp_path / FILE)
    connection.execute("CREATE TABLE notes (x)")
    connection.close()
    for use in (reading, writing):
        with pytest.raises(RegistryError, match="no registry of adfw"), use(tmp_path):
            pass


def test_waiting_for_another_writer_ends_with_a_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(database, "WAIT_SECONDS", 0.05)
    with writing(tmp_path), pytest.raises(RegistryError, match="another process has been writing"), writing(tmp_path):
        pass


def test_a_full_disk_is_said_and_changes_nothing(registry: Registry, make_package: object) -> None:
    registry.publish(make_package("a"), "capsule")
    with pytest.raises(RegistryError, match="the disk is full and nothing was changed"), writing(registry.root) as full:
        _fill(full)
    assert [version.number for version in registry.versions("capsule")] == [1]
    assert registry.publish(make_package("b"), "capsule").number == 2


def _fill(connection: sqlite3.Connection) -> None:
    """Write until SQLite finds no more room, as on a full disk."""
    pages = connection.execute("PRAGMA page_count").fetchone()[0]
    connection.execute(f"PRAGMA max_page_count = {pages}")
    connection.execute("UPDATE models SET last_version = 2")
    connection.execute("INSERT INTO models VALUES (?, 1)", ("x" * 100_000,))


def test_readers_do_not_wait_for_a_writer(registry: Registry, make_package: object) -> None:
    registry.publish(make_package("a"), "capsule")
    with writing(registry.root) as connection:
        connection.execute("UPDATE models SET last_version = 2")
        assert registry.resolve("capsule").number == 1


def test_an_old_sqlite_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(database, "OLDEST_SQLITE", (99, 0, 0))
    with pytest.raises(RegistryError, match="too old for the registry"), reading(tmp_path):
        pass


def test_a_file_system_without_a_log_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    class Stubborn(sqlite3.Connection):
        def execute(self, statement: str, *rest: object) -> sqlite3.Cursor:
            return super().execute(statement.replace("= WAL", "= DELETE"), *rest)

    connect = sqlite3.connect
    monkeypatch.setattr(database.sqlite3, "connect", lambda *a, **options: connect(*a, **options, factory=Stubborn))
    with pytest.raises(RegistryError, match="no write-ahead log"), writing(tmp_path):
        pass


READ_ONLY = """
import os, sys
from pathlib import Path
from adfw.registry import Registry
from adfw import RegistryError
if os.geteuid() == 0:
    os.setuid(65534)
registry = Registry(Path(sys.argv[1]))
print([version.number for version in registry.versions("capsule")])
version = registry.resolve("capsule")
for use in (lambda: registry.publish(Path(sys.argv[2]), "capsule"), lambda: registry.set_alias(version, "a")):
    try:
        use()
    except RegistryError as error:
        print(error)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="needs permissions of POSIX")
def test_a_read_only_registry_can_be_read(
    tmp_path_factory: pytest.TempPathFactory, registry: Registry, make_package: object
) -> None:
    package = make_package("a")
    registry.publish(package, "capsule")
    temporary = Path(tempfile.gettempdir())
    modes = {path: path.stat().st_mode for path in registry.root.parents if temporary in path.parents}
    inside = [registry.root, *(path for path in registry.root.rglob("*") if path.is_dir())]
    try:
        for path in modes:
            path.chmod(0o755)
        for path in inside:
            path.chmod(0o555)
        command = [sys.executable, "-c", READ_ONLY, str(registry.root), str(package)]
        done = subprocess.run(command, capture_output=True, text=True, check=False, env={**os.environ})
    finally:
        for path in inside:
            path.chmod(0o755)
        for path, mode in modes.items():
            path.chmod(mode)
    assert done.returncode == 0, done.stderr
    listed, publishing, aliasing = done.stdout.splitlines()
    assert listed == "[1]"
    assert "Permission denied; nothing was published" in publishing
    assert "cannot be" in aliasing
    assert "set ADFW_HOME" in aliasing
