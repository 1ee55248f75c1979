from __future__ import annotations

import csv
import io
import sys
import warnings
from typing import TYPE_CHECKING

import numpy as np
import pytest
import torch
from PIL import Image

from adfw import Catalog, Cut, Detector, Preprocessing, Registry, save_detector
from adfw.cli import main

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def place(toys: Catalog, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A registry with a detector that rejects bright images, and a folder with a dark and a bright one."""
    monkeypatch.setattr(Catalog, "discover", classmethod(lambda cls: toys))
    monkeypatch.setenv("ADFW_HOME", str(tmp_path / "home"))
    model_config, scorer_config = toys.find("model", "mean_image").config(), toys.find("scorer", "absolute").config()
    model = model_config.build()
    model.mean = torch.zeros(1, 8, 8)
    size = Preprocessing(size=8, color="grey")
    detector = Detector(size, model_config, model.eval(), scorer_config, scorer_config.build(), Cut(0.5), {})
    save_detector(detector, tmp_path / "detector", toys)
    Registry().publish(tmp_path / "detector", "plates")
    (tmp_path / "images").mkdir()
    for name, value in (("dark", 20), ("bright", 250)):
        Image.fromarray(np.full((8, 8), value, np.uint8)).save(tmp_path / "images" / f"{name}.png")
    return tmp_path


def rows(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text)))


def test_verdicts_are_printed_with_the_version_that_gave_them(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    Registry().set_alias(Registry().resolve("plates"), "champion")
    assert main(["inspect", "plates@champion", str(place / "images")]) == 0
    captured = capsys.readouterr()
    found = rows(captured.out)
    assert [row["verdict"] for row in found] == ["anomalous", "normal"]
    assert {row["detector"] for row in found} == {f"plates:1 {Registry().resolve('plates').digest}"}
    assert captured.err == "2 images: 1 anomalous, 1 normal\n"


def test_a_broken_image_does_not_stop_the_rest(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (place / "images" / "broken.png").write_bytes(b"\x89PNG\r\n\x1a\n")
    assert main(["inspect", "plates", str(place / "images"), "--out", str(place / "x.csv")]) == 0
    assert "1 anomalous, 1 invalid, 1 normal" in capsys.readouterr().err
    assert [row["verdict"] for row in rows((place / "x.csv").read_text())] == ["anomalous", "invalid", "normal"]


@pytest.mark.parametrize(("name", "code"), [("dark.png", 0), ("bright.png", 3), ("missing.png", 3)])
def test_scripts_can_ask_for_an_exit_code(place: Path, name: str, code: int) -> None:
    assert main(["inspect", "plates", str(place / "images" / name), "--fail-on-anomaly"]) == code
    assert main(["inspect", "plates", str(place / "images" / name)]) == 0


def test_paths_can_come_on_standard_input(
    place: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO(f"{place}/images/dark.png\n"))
    assert main(["inspect", str(place / "detector"), "-"]) == 0
    (row,) = rows(capsys.readouterr().out)
    assert row["verdict"] == "normal"
    assert row["detector"].startswith("sha256:")


def test_maps_overlays_regions_and_masks(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    mask = place / "roi.png"
    Image.fromarray(np.full((8, 8), 255, np.uint8)).save(mask)
    words = ["--maps", str(place / "maps"), "--overlays", str(place / "overlays"), "--regions", "--roi", str(mask)]
    assert main(["inspect", "plates", str(place / "images"), "--map-format", "npy", *words]) == 0
    assert len(list((place / "maps").rglob("*.npy"))) == 2
    assert len(list((place / "overlays").rglob("*.jpg"))) == 2
    assert '"box": [0, 0, 8, 8]' in rows(capsys.readouterr().out)[0]["regions"]


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["screw", "x.png"], "no model 'screw'"),
        (["./nowhere", "x.png"], "no manifest.json"),
        (["plates", "*.nothing"], "matches no file"),
        (["plates", "x.png", "--out", "x.xlsx"], "cannot be told from its ending"),
        (["plates", "x.png", "--roi", "missing.png"], "missing.png"),
    ],
)
def test_bad_input_is_one_sentence(
    place: Path, capsys: pytest.CaptureFixture[str], words: list[str], message: str
) -> None:
    assert main(["inspect", *words]) == 2
    assert message in capsys.readouterr().err


def test_another_major_version_of_the_plugin_is_told_in_a_line(
    place: Path, toys: Catalog, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    entries = tuple(entry._replace(source=entry.source._replace(version="2.0")) for entry in toys.entries)
    monkeypatch.setattr(Catalog, "discover", classmethod(lambda cls: Catalog(entries)))
    with warnings.catch_warnings():
        warnings.simplefilter("default")
        assert main(["inspect", "plates", str(place / "images")]) == 0
    said = capsys.readouterr().err.splitlines()
    assert said[0].startswith("warning: ")
    assert "was made with adfw-toys 1.2.3, and 2.0 is installed: another major version" in said[0]
    assert not any("detector_folder.py" in line for line in said)
