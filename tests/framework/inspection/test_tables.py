from __future__ import annotations

import csv
import json
import math
import sys
from pathlib import Path

import pytest

from adfw import DatasetError, Finding, Region, RunError
from adfw.inspection.tables import COLUMNS, Table

REGION = Region(1, 2, 3, 4, 5, 0.75, 2, 3)
FINDINGS = [
    Finding(Path("Bild, 1.png"), 0.75, 0.5, "anomalous", 12.34567, "capsule:7 sha256:ab", "", (REGION,)),
    Finding(Path("kaputt.png"), math.nan, 0.5, "invalid", 1.0, "", 'kaputt.png: "cut", short'),
    Finding(Path("ü.png"), 0.25, math.inf, "normal", 1.0),
]


def written(path: Path) -> Path:
    with Table.open(path) as table:
        for finding in FINDINGS:
            table.write(finding)
    return path


def test_csv(tmp_path: Path) -> None:
    with written(tmp_path / "x.csv").open(encoding="utf-8", newline="") as stream:
        rows = list(csv.DictReader(stream))
    assert tuple(rows[0]) == COLUMNS
    assert [row["path"] for row in rows] == ["Bild, 1.png", "kaputt.png", "ü.png"]
    assert [row["score"] for row in rows] == ["0.75", "", "0.25"]
    assert [row["margin"] for row in rows] == ["0.25", "", "-inf"]
    assert rows[1]["fault"] == 'kaputt.png: "cut", short'
    assert rows[0]["milliseconds"] == "12.346"
    expected = {"box": [1, 2, 3, 4], "area": 5, "peak": 0.75, "peak_at": [2, 3]}
    assert json.loads(rows[0]["regions"]) == [expected]
    assert rows[1]["regions"] == ""


@pytest.mark.parametrize("ending", ["jsonl", "ndjson"])
def test_json_lines(tmp_path: Path, ending: str) -> None:
    lines = written(tmp_path / f"x.{ending}").read_text(encoding="utf-8").splitlines()
    rows = [json.loads(line, parse_constant=pytest.fail) for line in lines]
    assert [row["score"] for row in rows] == [0.75, None, 0.25]
    assert [row["threshold"] for row in rows] == [0.5, 0.5, None]
    assert rows[0]["regions"][0]["box"] == [1, 2, 3, 4]
    assert rows[2]["path"] == "ü.png"


def test_parquet(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    parquet = pytest.importorskip("pyarrow.parquet")
    monkeypatch.setattr("adfw.inspection.tables.ROWS_AT_ONCE", 2)
    rows = parquet.read_table(written(tmp_path / "x.parquet")).to_pylist()
    assert tuple(rows[0]) == COLUMNS
    assert [row["verdict"] for row in rows] == ["anomalous", "invalid", "normal"]
    assert rows[0]["regions"] == [{"box": [1, 2, 3, 4], "area": 5, "peak": 0.75, "peak_at": [2, 3]}]
    assert math.isnan(rows[1]["score"])
    assert rows[2]["threshold"] == math.inf


def test_parquet_without_pyarrow_says_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    with pytest.raises(DatasetError, match=r"pip install pyarrow, or write \.csv"):
        Table.open(tmp_path / "x.parquet")
    assert not (tmp_path / "x.parquet").exists()


def test_rows_are_on_disk_as_they_come(tmp_path: Path) -> None:
    table = Table.open(tmp_path / "x.csv")
    table.write(FINDINGS[0])
    assert (tmp_path / "x.csv").read_text(encoding="utf-8").count("\n") == 2
    table.close()


def test_existing_unknown_and_unwritable_files_are_refused(tmp_path: Path) -> None:
    written(tmp_path / "x.csv")
    with pytest.raises(RunError, match="never overwritten"):
        Table.open(tmp_path / "x.csv")
    with pytest.raises(DatasetError, match=r"allowed: \.csv, \.jsonl"):
        Table.open(tmp_path / "x.xlsx")
    with pytest.raises(RunError, match="cannot be written"):
        Table.open(tmp_path / "no" / "x.csv")


def test_standard_output(capsys: pytest.CaptureFixture[str]) -> None:
    with Table.open(None) as table:
        table.write(FINDINGS[2])
    assert capsys.readouterr().out.splitlines()[0] == ",".join(COLUMNS)
