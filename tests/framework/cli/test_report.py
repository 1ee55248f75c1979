from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from adfw.cli import main
from adfw.evaluation.figure import Figure
from adfw.report.document import RunDocument, ScorerDocument
from adfw.scores import ScoreTable

if TYPE_CHECKING:
    from pathlib import Path

TABLE = ScoreTable.of([("good/0", "test", 0, "", 0.1), ("crack/0", "test", 1, "crack", 0.9)])


@pytest.fixture
def finished(tmp_path: Path) -> Path:
    """Write the saved parts of a run, without a page."""
    scorer = ScorerDocument(
        label="mse",
        config={"name": "mse"},
        verdict="mse separates these images better than chance.",
        scores="scores.csv",
        ranking={"auroc": Figure(value=1.0, low=0.6, high=1.0)},
        localisation={},
        strategies=(),
    )
    document = RunDocument(
        name="tiny",
        created="2026-03-01",
        recipe={"name": "tiny"},
        recipe_digest="0" * 64,
        notice="Drawn images.",
        versions={},
        hardware={},
        counts={"test": {"good": 1, "crack": 1}},
        dataset_fingerprint="",
        history=(),
        reconstruction={},
        scorers=(scorer,),
        gallery=(),
        seconds={},
        peak_memory_mb=1.0,
    )
    folder = tmp_path / "Läufe" / "tiny 001"
    folder.mkdir(parents=True)
    TABLE.write_csv(folder / "scores.csv")
    (folder / "report.json").write_text(document.model_dump_json(), encoding="utf-8")
    return folder


def test_it_writes_the_page_and_says_where(finished: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["report", str(finished)]) == 0
    assert "mse separates these images" in (finished / "report.html").read_text(encoding="utf-8")
    out = capsys.readouterr().out
    assert "Drawn images." in out
    assert out.splitlines()[-1] == str(finished / "report.html")


def test_it_writes_elsewhere_when_told(finished: Path, tmp_path: Path) -> None:
    assert main(["report", str(finished), "--out", str(tmp_path / "new" / "page.html")]) == 0
    assert (tmp_path / "new" / "page.html").is_file()
    assert not (finished / "report.html").exists()


def test_it_makes_the_same_page_twice(finished: Path) -> None:
    main(["report", str(finished)])
    first = (finished / "report.html").read_bytes()
    main(["report", str(finished)])
    assert (finished / "report.html").read_bytes() == first


def test_a_folder_without_a_finished_run_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["report", str(tmp_path)]) == 2
    assert "holds no finished run" in capsys.readouterr().err


@pytest.mark.parametrize("text", ["", "{", '{"name": 1}', '{"schema_version": 2}'])
def test_a_damaged_report_is_refused_in_one_sentence(
    finished: Path, capsys: pytest.CaptureFixture[str], text: str
) -> None:
    (finished / "report.json").write_text(text, encoding="utf-8")
    assert main(["report", str(finished)]) == 2
    [sentence] = capsys.readouterr().err.splitlines()
    assert "report.json: not a report this version of adfw reads" in sentence


def test_a_missing_score_table_is_named(finished: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (finished / "scores.csv").unlink()
    assert main(["report", str(finished)]) == 2
    assert "scores.csv" in capsys.readouterr().err
