"""Verdicts as files, for a controller that watches a folder."""

from __future__ import annotations

import json
import os
import re
from typing import TYPE_CHECKING, Any

from adfw import Sink

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path


class FolderSink(Sink):
    """Writes each verdict under a hidden name, brings it to the disk and renames it; a repeated one replaces itself."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def deliver(self, verdicts: Sequence[Mapping[str, Any]]) -> None:
        """Write a file for each verdict."""
        self.root.mkdir(parents=True, exist_ok=True)
        for verdict in verdicts:
            part = re.sub(r"[^A-Za-z0-9._-]+", "-", verdict["part_id"] or "")[:80]
            name = f"{verdict['number']:012d}{f'-{part}' if part else ''}-{verdict['verdict']}.json"
            staged = self.root / f".{name}"
            with staged.open("w", encoding="utf-8") as stream:
                json.dump(verdict, stream, indent=1)
                stream.flush()
                os.fsync(stream.fileno())
            staged.replace(self.root / name)
