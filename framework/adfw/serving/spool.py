"""What a sink has not taken yet, on disk, so that neither a receiver's pause nor our own end loses any of it."""

from __future__ import annotations

import json
import sqlite3
import threading
from typing import TYPE_CHECKING, Any

from adfw.errors import RunError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path


class Spool:
    """A queue in an SQLite file, for one writing and one reading thread."""

    def __init__(self, path: Path) -> None:
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            self._database = sqlite3.connect(path, check_same_thread=False, isolation_level=None)
            self._database.execute("PRAGMA journal_mode = WAL")
            self._database.execute("PRAGMA synchronous = NORMAL")
            self._database.execute(
                "CREATE TABLE IF NOT EXISTS waiting (place INTEGER PRIMARY KEY AUTOINCREMENT, verdict TEXT NOT NULL)"
            )
        except (OSError, sqlite3.Error) as error:
            raise RunError(f"{path}: is no spool that can be written ({error}); choose another folder") from error
        self._lock = threading.Lock()
        self.filled = threading.Event()
        self._count = int(self._database.execute("SELECT count(*) FROM waiting").fetchone()[0])

    def __len__(self) -> int:
        return self._count

    def put(self, verdicts: Sequence[Mapping[str, Any]]) -> None:
        """Add verdicts; raises sqlite3.Error where they cannot be kept, and then none of them is."""
        rows = [(json.dumps(verdict, allow_nan=False),) for verdict in verdicts]
        with self._lock:
            self._database.execute("BEGIN IMMEDIATE")
            try:
                self._database.executemany("INSERT INTO waiting (verdict) VALUES (?)", rows)
                self._database.execute("COMMIT")
            except sqlite3.Error:
                if self._database.in_transaction:
                    self._database.execute("ROLLBACK")
                raise
            self._count += len(rows)
        self.filled.set()

    def first(self, most: int) -> tuple[int, list[dict[str, Any]]]:
        """Return the oldest verdicts and the place up to which they reach."""
        with self._lock:
            query = "SELECT place, verdict FROM waiting ORDER BY place LIMIT ?"
            rows = self._database.execute(query, (most,)).fetchall()
            if not rows:
                self.filled.clear()
        return (rows[-1][0] if rows else 0), [json.loads(text) for _, text in rows]

    def remove(self, place: int) -> None:
        """Forget the verdicts up to a place, which were delivered."""
        with self._lock:
            self._count -= self._database.execute("DELETE FROM waiting WHERE place <= ?", (place,)).rowcount

    def close(self) -> None:
        """Close the file."""
        with self._lock:
            self._database.close()
