"""The score table and its CSV: every bit comes back, every fault is named by file and line."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from adfw import InvalidScores, ScoreTable

if TYPE_CHECKING:
    from pathlib import Path

ROWS = st.lists(
    st.tuples(
        st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), min_size=1, max_size=8),
        st.sampled_from(["calibration", "test"]),
        st.integers(0, 1),
        st.floats(width=64),
    ),
    min_size=1,
    max_size=20,
    unique_by=lambda row: row[0],
)


@pytest.fixture(scope="module")
def place(tmp_path_factory) -> Path:
    return tmp_path_factory.mktemp("scores")


def read(place: Path, text: str) -> ScoreTable:
    path = place / "given.csv"
    path.write_text(text, encoding="utf-8")
    return ScoreTable.read_csv(path)


@given(rows=ROWS)
def test_a_table_comes_back_bit_by_bit(place, rows):
    table = ScoreTable.of([(name, split, label, "crack" * label, score) for name, split, label, score in rows])
    table.write_csv(place / "out" / "scores.csv")
    back = ScoreTable.read_csv(place / "out" / "scores.csv")
    for column in ("id", "split", "label", "defect"):
        assert getattr(back, column).tolist() == getattr(table, column).tolist()
    assert (np.isnan(back.score) == np.isnan(table.score)).all()
    known = ~np.isnan(table.score)
    assert (back.score[known].view(np.int64) == table.score[known].view(np.int64)).all()


def test_groups_are_written_where_they_are_known(tmp_path):
    table = ScoreTable.of([("a", "test", 0, "", 0.5), ("b", "test", 1, "poke", 1.5)])
    grouped = ScoreTable(table.id, table.split, table.label, table.defect, table.score, np.array(["x", ""]))
    grouped.write_csv(tmp_path / "scores.csv")
    assert ScoreTable.read_csv(tmp_path / "scores.csv").group.tolist() == ["x", ""]
    table.write_csv(tmp_path / "scores.csv")
    assert ScoreTable.read_csv(tmp_path / "scores.csv").group is None


def test_the_csv_of_another_tool_needs_three_columns_in_any_order(place):
    table = read(place, "\ufeffscore, label ,area,id\n1e-3,0,7,a\ninf,1,8,b\nnan,1,9,c\n\n")
    assert table.id.tolist() == ["a", "b", "c"]
    assert table.score.tolist()[:2] == [0.001, math.inf]
    assert math.isnan(table.score[2])
    assert set(table.split) == {"test"}
    assert table.group is None


def test_a_normal_called_good_has_no_defect_and_a_repeated_row_counts_once(place):
    table = read(place, "id,label,defect,score\na,0,good,1\nb,1,crack,2\na,0,good,1\n")
    assert table.defect.tolist() == ["", "crack"]


def test_one_image_may_stand_in_two_splits(place):
    assert len(read(place, "id,label,score,split\na,0,1,calibration\na,0,1,test\n")) == 2


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        ("", "", "is empty; its first line names the columns id, label and score"),
        ("id,label,score\n", "", "holds no rows below its header"),
        ("id,score\na,1\n", ":1", "lacks the column 'label'; it has: id, score"),
        ("id;label;score\na;1;1\n", ":1", "separate columns by commas"),
        ("id,label,score,score\na,1,1,1\n", ":1", "two columns 'score'"),
        ("id,label,score\na,1,1\nb,1,high\n", ":3", "score: 'high' is no number; write nan"),
        ("id,label,score\na,1,1_000\n", ":2", "score: '1_000' is no number"),
        ('id,label,score\n"a\nb",1,1\n\nc,1,"0,5"\n', ":5", "score: '0,5' is no number"),
        ("id,label,score\na,1,\n", ":2", "score: '' is no number"),
        ("id,label,score\na,2,1\n", ":2", "label: '2'; allowed: 0 (normal), 1 (anomalous)"),
        ("id,label,score\na,good,1\n", ":2", "label: 'good'; allowed"),
        ("id,label,score\na,,1\n", ":2", "label: ''; allowed"),
        ("id,label,score\n,1,1\n", ":2", "id: is empty; name the image"),
        ("id,label,score\na,1\n", ":2", "has 2 cells, but 3 columns are named"),
        ("id,label,score\na,1,1\nb,0,3\na,1,2\n", ":4", "score: a has 2.0 here, but 1.0 in line 2; keep one"),
        ("id,label,score\na,1,1\na,0,1\n", ":3", "label: a has 0 here, but 1 in line 2"),
        ("id,label,score,defect\na,0,1,crack\n", ":2", "defect: crack on a normal image"),
        ("id,label,score\na,1,1\x00\n", "", ""),
    ],
)
def test_a_fault_is_named_by_file_line_and_remedy(place, text, line, words):
    with pytest.raises(InvalidScores) as caught:
        read(place, text)
    assert str(caught.value).startswith(f"{place / 'given.csv'}{line}")
    assert words in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_missing_file_a_folder_and_another_encoding_are_sentences(tmp_path):
    latin = tmp_path / "latin.csv"
    latin.write_bytes("id,label,score\nü,1,1\n".encode("latin-1"))
    for path, words in (
        (tmp_path / "no.csv", "cannot be read"),
        (tmp_path, "cannot be read"),
        (latin, "no CSV in UTF-8"),
    ):
        with pytest.raises(InvalidScores, match=words):
            ScoreTable.read_csv(path)


def test_faults_and_duplicates_are_found_beyond_the_first_piece(place, monkeypatch):
    monkeypatch.setattr("adfw.score_csv.PIECE", 50)
    n = 105
    lines = [f"{i},{i % 2},{i / 7!r}" for i in range(n)]
    table = read(place, "\n".join(["id,label,score", *lines]) + "\n")
    assert len(table) == n
    assert table.score[-1] == (n - 1) / 7
    with pytest.raises(InvalidScores, match=rf":{n + 2}: score: 3 has 1.0 here, but .* in line 5"):
        read(place, "\n".join(["id,label,score", *lines, "3,1,1"]) + "\n")
    with pytest.raises(InvalidScores, match=rf":{n + 2}: label"):
        read(place, "\n".join(["id,label,score", *lines, "x,7,1"]) + "\n")


def test_columns_of_unequal_length_are_refused():
    empty = np.array([], dtype=np.str_)
    with pytest.raises(ValueError, match="equal lengths"):
        ScoreTable(empty, empty, np.array([1]), empty, np.array([]))
    assert len(ScoreTable.of([])) == 0
