from __future__ import annotations

import dataclasses
import json
from typing import TYPE_CHECKING

import numpy as np
import pytest
import torch
from PIL import Image

from adfw import Cut, Sample, ScoreTable, publish, read_detector
from adfw.registry.golden import FILE, FOLDER, golden_faults, golden_faults_of, write_golden

if TYPE_CHECKING:
    from pathlib import Path

    from adfw import Catalog, Detector
    from adfw.line import Run
    from adfw.registry import Registry


@pytest.fixture
def detector(finished: Run, toys: Catalog) -> Detector:
    return read_detector(finished.folder / "detector", catalog=toys)


def test_the_extremes_of_each_class_are_kept_with_score_and_verdict(finished: Run, detector: Detector) -> None:
    entries = json.loads((finished.folder / FOLDER / FILE).read_text())["images"]
    assert [entry["label"] for entry in entries] == [0, 0, 1, 1]
    test = finished.table.of_split("test")
    for label in (0, 1):
        scores = [entry["score"] for entry in entries if entry["label"] == label]
        mine = test.score[test.label == label]
        assert (min(scores), max(scores)) == pytest.approx((mine.min(), mine.max()), rel=1e-6)
    assert {entry["verdict"] for entry in entries if entry["label"]} == {"anomalous"}
    assert golden_faults(detector, finished.folder / FOLDER) == []


def test_the_pictures_hold_the_very_images(finished: Run) -> None:
    picture = np.asarray(Image.open(finished.folder / FOLDER / "0.png"))
    assert picture.dtype == np.uint8
    assert picture.shape == (16, 16)


@pytest.mark.parametrize("change", ["score", "verdict"])
def test_a_detector_that_decides_otherwise_is_told(finished: Run, detector: Detector, change: str) -> None:
    if change == "score":
        detector.model.mean += 0.001
    else:
        detector = dataclasses.replace(detector, cut=Cut(float("inf")))
    faults = golden_faults(detector, finished.folder / FOLDER)
    assert len(faults) == (4 if change == "score" else 2)
    assert "golden image 3.png: scored" in faults[-1]
    assert "expected" in faults[-1]


def test_an_image_near_the_threshold_is_not_chosen(finished: Run, detector: Detector, tmp_path: Path) -> None:
    entry = json.loads((finished.folder / FOLDER / FILE).read_text())["images"][3]
    near = dataclasses.replace(detector, cut=Cut(entry["score"] * (1 + 1e-5)))
    image = torch.from_numpy(np.asarray(Image.open(finished.folder / FOLDER / "3.png"))[None] / np.float32(255))
    table = ScoreTable.of([("a", "test", 1, "dent", entry["score"])])
    assert write_golden(near, [Sample("a", image, 1)], table, tmp_path / "golden") == 0
    assert [path.name for path in (tmp_path / "golden").iterdir()] == [FILE]
    assert write_golden(detector, [Sample("a", image, 1)], table, tmp_path / "again") == 1


def test_sixteen_bits_are_kept_in_grey_and_left_out_in_colour(detector: Detector, tmp_path: Path) -> None:
    ramp = (torch.arange(256, dtype=torch.float32).reshape(1, 16, 16) * 257 + 1).clamp(max=65_535) / 65_535
    table = ScoreTable.of([("a", "test", 1, "dent", 0.5)])
    assert write_golden(detector, [Sample("a", ramp, 1)], table, tmp_path / "grey") == 1
    assert np.asarray(Image.open(tmp_path / "grey" / "0.png")).max() == 65_535
    assert golden_faults(detector, tmp_path / "grey") == []
    assert write_golden(detector, [Sample("a", ramp.expand(3, 16, 16), 1)], table, tmp_path / "colour") == 0


def test_the_registry_inspects_the_golden_images_of_its_versions(
    finished: Run, registry: Registry, toys: Catalog, make_package: object
) -> None:
    registry.publish(make_package("without"), "others")
    version = publish(finished, registry=registry)
    assert golden_faults_of(registry, [version], catalog=toys) == []
    place = registry.folder(version) / FOLDER / FILE
    place.chmod(0o644)
    place.write_text(place.read_text().replace('"normal"', '"anomalous"'))
    from adfw import DetectorError

    with pytest.raises(DetectorError, match=r"golden/golden\.json is damaged"):
        golden_faults_of(registry, [version], catalog=toys)
