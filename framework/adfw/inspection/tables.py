"""Findings as rows of a CSV, JSON lines or Parquet file, written as they come."""

from __future__ import annotations

import csv
import json
import math
import sys
from abc import ABC, abstractmethod
from contextlib import ExitStack
from importlib import import_module
from typing import TYPE_CHECKING, Any, Self

from adfw.errors import DatasetError, RunError

if TYPE_CHECKING:
    from pathlib import Path
    from types import TracebackType

    from adfw.inspection.findings import Finding

COLUMNS = ("path", "score", "threshold", "verdict", "margin", "detector", "milliseconds", "fault", "regions")
ROWS_AT_ONCE = 1000


class Table(ABC):
    """A file that takes findings; to be used in a `with` statement."""

    @classmethod
    def open(cls, path: Path | None) -> Table:
        """Return a table of the kind that the file's ending asks for; CSV on standard output for None.

        Raises RunError for a file that exists or cannot be made and DatasetError for an unknown ending.
        """
        if path is None:
            return CsvTable(None)
        kinds: dict[str, type[CsvTable | JsonLinesTable | ParquetTable]]
        kinds = {".csv": CsvTable, ".jsonl": JsonLinesTable, ".ndjson": JsonLinesTable, ".parquet": ParquetTable}
        if path.suffix not in kinds:
            raise DatasetError(f"{path}: cannot be told from its ending; allowed: {', '.join(kinds)}")
        if path.exists():
            raise RunError(f"{path}: already exists and is never overwritten; choose another name")
        return kinds[path.suffix](path)

    @abstractmethod
    def write(self, finding: Finding) -> None:
        """Add one row."""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    @abstractmethod
    def close(self) -> None:
        """Write what is left and close the file."""


class CsvTable(Table):
    """Comma-separated values; regions are JSON in one cell, an infinite threshold is `inf`."""

    def __init__(self, path: Path | None) -> None:
        self._stack = ExitStack()
        self._stream = sys.stdout if path is None else self._stack.enter_context(_create(path))
        self._writer = csv.writer(self._stream, lineterminator="\n")
        self._writer.writerow(COLUMNS)

    def write(self, finding: Finding) -> None:
        """Add one row."""
        values = row(finding) | {"regions": json.dumps(row(finding)["regions"]) if finding.regions else ""}
        self._writer.writerow(["" if _is_nan(value) else value for value in values.values()])
        self._stream.flush()

    def close(self) -> None:
        """Close the file."""
        self._stack.close()


class JsonLinesTable(Table):
    """One JSON object a line; what is no number or infinite is null."""

    def __init__(self, path: Path) -> None:
        self._stream = _create(path)

    def write(self, finding: Finding) -> None:
        """Add one line."""
        values = {name: None if _is_special(value) else value for name, value in row(finding).items()}
        self._stream.write(json.dumps(values, ensure_ascii=False, allow_nan=False) + "\n")
        self._stream.flush()

    def close(self) -> None:
        """Close the file."""
        self._stream.close()


class ParquetTable(Table):
    """A Parquet file in groups of a thousand rows; needs pyarrow."""

    def __init__(self, path: Path) -> None:
        try:
            arrow, parquet = import_module("pyarrow"), import_module("pyarrow.parquet")
        except ImportError as error:
            raise DatasetError(f"{path}: Parquet needs pyarrow; pip install pyarrow, or write .csv") from error
        numbers = dict.fromkeys(("score", "threshold", "margin", "milliseconds"), arrow.float64())
        places = arrow.list_(arrow.int64())
        fields = {"box": places, "area": arrow.int64(), "peak": arrow.float64(), "peak_at": places}
        types = numbers | {"regions": arrow.list_(arrow.struct(list(fields.items())))}
        self._arrow = arrow
        self._schema = arrow.schema([(name, types.get(name, arrow.string())) for name in COLUMNS])
        self._writer = parquet.ParquetWriter(path, self._schema)
        self._rows: list[dict[str, Any]] = []

    def write(self, finding: Finding) -> None:
        """Add one row."""
        self._rows.append(row(finding))
        if len(self._rows) == ROWS_AT_ONCE:
            self._flush()

    def close(self) -> None:
        """Write the last rows and close the file."""
        self._flush()
        self._writer.close()

    def _flush(self) -> None:
        if self._rows:
            self._writer.write_table(self._arrow.Table.from_pylist(self._rows, schema=self._schema))
        self._rows = []


def row(finding: Finding) -> dict[str, Any]:
    """Return the values of all columns; regions as plain lists and numbers."""
    regions = [
        {"box": list(region[:4]), "area": region.area, "peak": region.peak, "peak_at": [region.peak_x, region.peak_y]}
        for region in finding.regions
    ]
    values = (str(finding.path), finding.score, finding.threshold, finding.verdict, finding.margin, finding.detector)
    return dict(zip(COLUMNS, (*values, round(finding.milliseconds, 3), finding.fault, regions), strict=True))


def _create(path: Path) -> Any:
    try:
        return path.open("x", encoding="utf-8", newline="")
    except OSError as error:
        raise RunError(f"{path}: cannot be written ({error.strerror}); choose another place") from error


def _is_nan(value: object) -> bool:
    return isinstance(value, float) and math.isnan(value)


def _is_special(value: object) -> bool:
    return isinstance(value, float) and not math.isfinite(value)
