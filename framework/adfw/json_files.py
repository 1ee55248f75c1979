"""The JSON files of a detector's folder: always written alike, so that equal content has equal bytes."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from adfw.errors import DetectorError

if TYPE_CHECKING:
    from pathlib import Path


def write_json(path: Path, value: object) -> None:
    """Write a value with sorted keys; raises ValueError for a number that JSON does not have."""
    path.write_text(json.dumps(value, indent=2, sort_keys=True, allow_nan=False) + "\n", encoding="utf-8")


def read_json(path: Path) -> dict[str, Any]:
    """Return the object in a file; raises DetectorError where there is no file, no JSON or another value."""
    try:
        value = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError) as error:
        raise DetectorError(f"{path}: cannot be read ({error})") from error
    if not isinstance(value, dict):
        raise DetectorError(f"{path}: is no detector's file")
    return value
