from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from adfw import DetectorError
from adfw.json_files import read_json, write_json

if TYPE_CHECKING:
    from pathlib import Path


def test_equal_values_have_equal_bytes_and_are_read_as_they_were(tmp_path: Path) -> None:
    one, other = tmp_path / "one.json", tmp_path / "other.json"
    write_json(one, {"b": 0.1, "a": ["ä", None]})
    write_json(other, {"a": ["ä", None], "b": 0.1})
    assert one.read_bytes() == other.read_bytes()
    assert read_json(one) == {"a": ["ä", None], "b": 0.1}


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_a_number_that_json_lacks_is_not_written(value: float, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="not JSON compliant"):
        write_json(tmp_path / "a.json", {"score": value})
    assert not (tmp_path / "a.json").exists()


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (None, "cannot be read"),
        (b"{", "cannot be read"),
        (b"\xff", "cannot be read"),
        (b"[1]", "is no detector's file"),
    ],
)
def test_a_file_that_holds_no_object_is_named(content: bytes | None, words: str, tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(DetectorError, match=rf"a\.json: {words}"):
        read_json(path)
