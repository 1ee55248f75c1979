"""The audit log: a JSON line for each verdict, written before the client hears it, never changed afterwards.

Each line holds the SHA-256 of the line before (`before`), so that a removed or altered line is found.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import time
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from adfw.errors import RunError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from adfw.serving.settings import Fsync

INTERVAL = 1.0
TAIL = 8 << 20


class AuditLog:
    """One file, held by one service; not for several threads.

    `fsync` is "always" (before the client hears the verdict), "interval" (within a second) or "never" (as the
    operating system likes). A file that was renamed away is followed by a new one under the old name.
    """

    def __init__(self, path: Path, fsync: Fsync = "interval") -> None:
        self.path, self.fsync = path, fsync
        self._synced = time.monotonic()
        self._file = self._open()
        self._size, self.number, self.before = self._resume()

    def write(self, records: Sequence[Mapping[str, Any]]) -> list[int]:
        """Append records and return their numbers; raises OSError, and then none of them is in the log."""
        self._follow_rename()
        lines, numbers, before = [], [], self.before
        for count, record in enumerate(records, start=1):
            entry = {"number": self.number + count, "time": _now(), **record, "before": before}
            line = json.dumps(entry, allow_nan=False, ensure_ascii=True).encode() + b"\n"
            before = hashlib.sha256(line).hexdigest()
            lines.append(line)
            numbers.append(self.number + count)
        self._append(b"".join(lines))
        self.number, self.before = self.number + len(records), before
        return numbers

    def sync(self) -> None:
        """Bring what was written to the disk."""
        os.fdatasync(self._file)
        self._synced = time.monotonic()

    def tail(self) -> Iterator[dict[str, Any]]:
        """Yield the last entries, the oldest first, as far as they are whole."""
        for line in _last_lines(self.path):
            try:
                yield json.loads(line)
            except ValueError:
                continue

    def close(self) -> None:
        """Bring everything to the disk and let go of the file."""
        self.sync()
        os.close(self._file)

    def _append(self, content: bytes) -> None:
        rest = memoryview(content)
        try:
            while rest:
                rest = rest[os.write(self._file, rest) :]
            if self.fsync == "always" or (self.fsync == "interval" and time.monotonic() - self._synced > INTERVAL):
                self.sync()
        except OSError:
            os.ftruncate(self._file, self._size)  # half a line would spoil the next one; nobody has heard of it
            raise
        self._size += len(content)

    def _open(self) -> int:
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            file = os.open(self.path, os.O_RDWR | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o640)
        except OSError as error:
            raise RunError(f"{self.path}: cannot be written ({error.strerror}); choose another place") from error
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            os.close(file)
            raise RunError(f"{self.path}: another service writes into it; choose another file") from error
        return file

    def _resume(self) -> tuple[int, int, str]:
        """Go on behind the last whole line; a line that a crash cut short is ended, not removed."""
        size = os.fstat(self._file).st_size
        number, before = 0, ""
        lines = _last_lines(self.path)
        if lines and not lines[-1].endswith(b"\n"):
            size += os.write(self._file, b"\n")
        for line in lines:
            try:
                number, before = int(json.loads(line)["number"]), hashlib.sha256(line).hexdigest()
            except (ValueError, KeyError, TypeError):
                continue
        return size, number, before

    def _follow_rename(self) -> None:
        try:
            moved = os.stat(self.path).st_ino != os.fstat(self._file).st_ino
        except FileNotFoundError:
            moved = True
        if moved:
            old, self._file = self._file, self._open()
            os.close(old)
            self._size = os.fstat(self._file).st_size


def verify_audit(path: Path) -> list[str]:
    """Return a sentence for each line that is damaged or does not follow the one before; none if all is well."""
    faults, before = [], None
    with path.open("rb") as stream:
        for count, line in enumerate(stream, start=1):
            try:
                entry = json.loads(line)
                follows = entry["before"]
            except (ValueError, KeyError, TypeError):
                faults.append(f"{path}:{count}: is no whole entry; a crash or a full disk may have cut it short")
                continue
            if before is not None and follows != before:
                faults.append(f"{path}:{count}: does not follow the entry before; one was changed or removed")
            before = hashlib.sha256(line).hexdigest()
    return faults


def _last_lines(path: Path) -> list[bytes]:
    with path.open("rb") as stream:
        size = stream.seek(0, os.SEEK_END)
        stream.seek(max(0, size - TAIL))
        lines = stream.read().splitlines(keepends=True)
    return lines[1:] if size > TAIL else lines


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="milliseconds")
