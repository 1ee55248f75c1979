from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import pytest

import adfw
from adfw.cli import main
from adfw.registry.package import publish

if TYPE_CHECKING:
    from pathlib import Path

RECIPE = {
    "name": "small",
    "dataset": {"name": "capsules", "train": 8, "calibration": 3, "normal": 3, "defects": 1, "size": 48},
    "preprocessing": {"size": 32, "color": "grey"},
    "model": {"name": "conv_autoencoder", "channels": 4, "training": {"epochs": 1}},
    "scorers": [{"name": "mse"}],
    "thresholds": [{"name": "percentile"}],
}


@pytest.mark.slow
def test_a_run_is_exported_with_its_own_images_and_inspects(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run = adfw.run(RECIPE, out=tmp_path / "run")
    assert main(["export", str(run.folder), "--to", "torch", "--out", str(tmp_path / "out")]) == 0
    said = capsys.readouterr().out
    unseen = len(run.table)
    golden = len(list((run.folder / "golden").glob("*.png")))
    assert f"{unseen + golden + 1} images: the same verdict for each" in said
    assert said.rstrip().endswith(str(tmp_path / "out"))
    images = str(run.folder / "golden")
    for detector in (run.folder / "detector", tmp_path / "out"):
        assert main(["inspect", str(detector), images]) == 0
    first, second = capsys.readouterr().out.split("path,")[1:]
    verdicts = [[line.split(",")[3] for line in table.splitlines()[1:]] for table in (first, second)]
    assert verdicts[0] == verdicts[1] != []


@pytest.mark.slow
def test_a_published_version_is_exported_by_its_reference(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    version = publish(adfw.run(RECIPE, out=tmp_path / "run"))
    adfw.Registry().set_alias(version, "champion", why="the first")
    shutil.rmtree(tmp_path / "run")  # what is published lives without it
    for reference in ("small", "small@champion", f"small:{version.number}"):
        out = tmp_path / reference.replace(":", "-")
        assert main(["export", reference, "--to", "torch", "--out", str(out)]) == 0
        assert f"parent: {version.digest}" in capsys.readouterr().out
        assert adfw.load_detector(out).inspect([*(out / "golden").glob("*.png")]).verdicts.size


def test_a_form_that_does_not_exist_is_bad_input(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["export", "somewhere/detector", "--to", "tflite"]) == 2


def test_a_detector_that_is_not_there_is_a_sentence(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["export", f"{tmp_path}/none", "--to", "torch"]) == 2
    assert "this is no saved detector" in capsys.readouterr().err
