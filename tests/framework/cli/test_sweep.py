from __future__ import annotations

from pathlib import Path

import pytest

from adfw.cli import main

LOST = """
dataset: {name: mvtec, root: nowhere, category: capsule}
preprocessing: {size: 32, color: grey}
model: {name: conv_autoencoder}
scorers: [{name: mse}]
thresholds: [{name: percentile}]
"""


@pytest.mark.slow
@pytest.mark.parametrize("verb", ["sweep", "benchmark"])
def test_a_run_that_fails_is_told_and_ends_with_one(
    verb: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("lost.yaml").write_text(LOST, encoding="utf-8")
    assert main([verb, "lost.yaml", "--category", "pill", "--seed", "7", "--out", "out"]) == 1
    output = capsys.readouterr().out
    assert "[1/1] lost pill seed 7: nowhere" in output
    assert output.split()[-1] == f"out/{verb}.html"
    assert Path(f"out/{verb}.html").is_file()


def test_bad_input_is_one_sentence(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["sweep", str(tmp_path / "none.yaml"), "--out", str(tmp_path / "out")]) == 2
    assert "there is no such file" in capsys.readouterr().err
    (tmp_path / "file").write_text("")
    assert main(["sweep", "capsule_ae", "--out", str(tmp_path / "file")]) == 2
    assert "choose another --out" in capsys.readouterr().err
