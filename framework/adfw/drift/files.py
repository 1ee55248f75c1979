"""Scores of parts in the order of a file: a table of `adfw inspect`, a table of scores, or a service's audit log."""

from __future__ import annotations

import csv
import json
import math
from typing import TYPE_CHECKING, Any

from adfw.errors import InvalidScores

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from pathlib import Path

NAMES = ("part_id", "id", "path", "number")


def read_stream(path: Path) -> Iterator[tuple[str, float]]:
    """Yield (name, score) of each part; NaN where it was not scored. Raises InvalidScores, with file and line.

    A CSV has the columns score and part_id, id, path or number; a .jsonl file has these keys, and of an audit log only
    the verdicts count.
    """
    try:
        with path.open(encoding="utf-8", newline="") as stream:
            rows = _json_lines(stream, path) if path.suffix == ".jsonl" else _table(stream)
            for line, row in rows:
                yield _named(row, path, line)
    except OSError as error:
        raise InvalidScores(f"{path}: cannot be read ({error.strerror}); correct the path") from error


def _table(stream: Iterable[str]) -> Iterator[tuple[int, Mapping[str, Any]]]:
    yield from enumerate(csv.DictReader(stream), start=2)


def _json_lines(stream: Iterable[str], path: Path) -> Iterator[tuple[int, Mapping[str, Any]]]:
    for line, text in enumerate(stream, start=1):
        try:
            row = json.loads(text)
        except ValueError as error:
            raise InvalidScores(f"{path}:{line}: is no JSON; remove the line") from error
        if isinstance(row, dict) and row.get("kind", "verdict") == "verdict":
            yield line, row


def _named(row: Mapping[str, Any], path: Path, line: int) -> tuple[str, float]:
    name = next((str(row[key]) for key in NAMES if row.get(key) not in {None, ""}), None)
    if name is None or "score" not in row:
        raise InvalidScores(f"{path}:{line}: has no score or no name; allowed names: {', '.join(NAMES)}")
    try:
        return name, math.nan if row["score"] in {None, ""} else float(row["score"])
    except (TypeError, ValueError) as error:
        raise InvalidScores(f"{path}:{line}: score {row['score']!r} is no number") from error
