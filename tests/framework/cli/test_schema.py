from __future__ import annotations

import json
from pathlib import Path

import pytest

from adfw import Catalog, json_schema
from adfw.cli import main

Capture = pytest.CaptureFixture[str]


def test_the_schema_is_printed_or_written(tmp_path: Path, capsys: Capture) -> None:
    assert main(["schema"]) == 0
    printed = capsys.readouterr().out
    assert json.loads(printed) == json_schema(Catalog.discover())
    out = tmp_path / "recipe.schema.json"
    assert main(["schema", "--out", str(out)]) == 0
    assert out.read_text(encoding="utf-8") == printed
    assert "$schema=recipe.schema.json" in capsys.readouterr().out


def test_a_place_that_cannot_be_written_is_said_in_a_sentence(tmp_path: Path, capsys: Capture) -> None:
    assert main(["schema", "--out", str(tmp_path / "no" / "x.json")]) == 2
    assert "x.json: cannot be written" in capsys.readouterr().err
