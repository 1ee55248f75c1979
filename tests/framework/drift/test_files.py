from __future__ import annotations

import json
import math

import numpy as np
import pytest

from adfw import InvalidScores
from adfw.cli import main
from adfw.drift.files import read_stream


def test_tables_and_logs_are_read_in_their_order(tmp_path) -> None:
    (tmp_path / "a.csv").write_text("path,score,verdict\nx.png,0.25,normal\ny.png,,invalid\n")
    table = list(read_stream(tmp_path / "a.csv"))
    assert table[0] == ("x.png", 0.25)
    assert (table[1][0], math.isnan(table[1][1])) == ("y.png", True)
    entries = [{"kind": "started"}, {"kind": "verdict", "part_id": None, "number": 3, "score": 0.5}]
    entries += [{"kind": "shadow", "number": 4, "score": 9}, {"kind": "verdict", "part_id": "b", "score": 0.75}]
    (tmp_path / "audit.jsonl").write_text("".join(json.dumps(entry) + "\n" for entry in entries))
    assert list(read_stream(tmp_path / "audit.jsonl")) == [("3", 0.5), ("b", 0.75)]


@pytest.mark.parametrize(("name", "text"), [("a.csv", "score\n1\n"), ("a.csv", "id,score\na,x\n"), ("a.jsonl", "{\n")])
def test_a_line_that_is_none_is_named(tmp_path, name, text) -> None:
    (tmp_path / name).write_text(text)
    with pytest.raises(InvalidScores, match=rf"a\.\w+:{1 if 'jsonl' in name else 2}: "):
        list(read_stream(tmp_path / name))


def test_the_verb_names_the_first_part_and_ends_with_3_where_asked(tmp_path, capsys) -> None:
    generator = np.random.default_rng(0)
    rows = [f"c{row},calibration,0,,{score!r}" for row, score in enumerate(generator.normal(5, 1, 80).tolist())]
    (tmp_path / "known.csv").write_text("\n".join(["id,split,label,defect,score", *rows, ""]))
    stream = [*generator.normal(5, 1, 100).tolist(), *generator.normal(8, 1, 60).tolist()]
    lines = [f"part-{row},{score!r}" for row, score in enumerate(stream)]
    (tmp_path / "new.csv").write_text("\n".join(["id,score", *lines, ""]))
    words = ["drift", str(tmp_path / "known.csv"), str(tmp_path / "new.csv")]
    assert main(words) == 0
    said = capsys.readouterr().out
    assert "looks different from part part-" in said
    assert "KS " in said
    assert main([*words, "--fail-on-drift", "--json"]) == 3
    assert abs(int(json.loads(capsys.readouterr().out)["first_part"].removeprefix("part-")) - 100) <= 10
    assert main([*words, "--threshold", "0", "--usual-rejects", "0.999"]) == 0
