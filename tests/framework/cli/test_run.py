from __future__ import annotations

from pathlib import Path

import pytest

from adfw.cli import main

RECIPE = """
dataset: {name: capsules, size: 32, train: 4, calibration: 4, normal: 3, defects: 1}
preprocessing: {size: 32, color: grey}
model: {name: conv_autoencoder, depth: 1, channels: 2, training: {epochs: 1}}
scorers: [{name: mse}]
thresholds: [{name: percentile}]
"""


@pytest.fixture
def recipe(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "tiny.yaml").write_text(RECIPE, encoding="utf-8")
    return tmp_path / "tiny.yaml"


def test_a_run_is_published_and_ends_with_the_path_of_its_report(
    recipe: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["run", str(recipe)]) == 0
    output = capsys.readouterr().out
    assert "published as tiny:1" in output
    assert output.split()[-1] == "runs/tiny-001/report.html"
    assert main(["models", "list"]) == 0
    assert "tiny" in capsys.readouterr().out


def test_no_publish_publishes_nothing(recipe: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["run", str(recipe), "--no-publish"]) == 0
    assert "published" not in capsys.readouterr().out


def test_a_registry_that_cannot_be_written_costs_neither_report_nor_detector(
    recipe: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ADFW_HOME", str(recipe))
    assert main(["run", str(recipe), "--out", "run"]) == 2
    found = capsys.readouterr()
    assert "run/report.html" in found.out
    assert "ADFW_HOME" in found.err
    assert (recipe.parent / "run" / "detector" / "manifest.json").is_file()


def test_drawn_images_are_named_in_plain_sight(recipe: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["run", str(recipe), "--out", "run", "--no-publish"]) == 0
    assert "drawn" in capsys.readouterr().out
