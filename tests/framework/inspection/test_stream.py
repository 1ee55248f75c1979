from __future__ import annotations

import dataclasses
import math
from typing import TYPE_CHECKING

import numpy as np
import pytest
import torch
from PIL import Image

from adfw import DatasetError, Detector, DetectorError, InspectionOptions, inspect_files
from adfw.inspection.paths import expand

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize("batch", [1, 2, 8])
def test_findings_come_in_order_and_decide_like_the_detector(detector: Detector, images: Path, batch: int) -> None:
    paths = list(expand([str(images)]))
    findings = list(inspect_files(detector, paths, batch=batch))
    assert [finding.path for finding in findings] == paths
    expected = detector.inspect(paths)
    assert [finding.verdict for finding in findings] == expected.verdicts.tolist()
    assert [finding.verdict for finding in findings] == ["normal", "anomalous", "invalid", "normal", "anomalous"]
    assert np.array_equal([finding.score for finding in findings], expected.scores, equal_nan=True)
    assert [finding.margin for finding in findings[:2]] == [finding.score - 0.5 for finding in findings[:2]]
    assert all(finding.milliseconds > 0 for finding in findings)


def test_an_unreadable_file_is_invalid_and_says_why(detector: Detector, images: Path) -> None:
    broken, missing = inspect_files(detector, [images / "line 1" / "broken.png", images / "nowhere.png"])
    assert (broken.verdict, missing.verdict) == ("invalid", "invalid")
    assert math.isnan(broken.score)
    assert "broken.png" in broken.fault
    assert "cannot be read" in missing.fault


def test_a_score_that_is_no_number_is_invalid(detector: Detector, images: Path) -> None:
    detector.model.mean[0, 0, 0] = math.nan
    (finding,) = inspect_files(detector, [images / "a.png"], InspectionOptions(maps=True, regions=True))
    assert (finding.verdict, finding.anomaly_map, finding.regions) == ("invalid", None, ())
    assert finding.fault.endswith("its score is not a number")


def test_maps_and_regions_have_the_original_size(detector: Detector, images: Path) -> None:
    options = InspectionOptions(maps=True, regions=True)
    normal, anomalous = inspect_files(detector, [images / "a.png", images / "line 1" / "deep" / "d.png"], options)
    assert anomalous.anomaly_map.shape == anomalous.image.shape[1:] == (24, 32)
    assert normal.regions == ()
    first, second = anomalous.regions
    for region, (row, column) in ((first, (4, 6)), (second, (16, 20))):
        assert abs(region.left - column) <= 2
        assert abs(region.right - column - 6) <= 2
        assert abs(region.top - row) <= 2
        assert abs(region.bottom - row - 4) <= 2


def test_without_maps_no_image_is_kept(detector: Detector, images: Path) -> None:
    (finding,) = inspect_files(detector, [images / "b.png"])
    assert finding.image is None
    assert finding.anomaly_map is None


def test_only_pixels_that_count_are_scored(detector: Detector, images: Path) -> None:
    upper = torch.zeros(24, 32, dtype=torch.bool)
    upper[:12] = True
    path = images / "line 1" / "deep" / "d.png"
    whole, inside, outside = (
        next(iter(inspect_files(detector, [path], dataclasses.replace(options, maps=True))))
        for options in (InspectionOptions(), InspectionOptions(roi=upper), InspectionOptions(ignore=upper))
    )
    assert whole.score == inside.score > outside.score > 0.5
    assert inside.anomaly_map[12:].max() == 0
    assert outside.anomaly_map[:12].max() == 0
    (nowhere,) = inspect_files(detector, [images / "b.png"], InspectionOptions(ignore=upper))
    assert nowhere.verdict == "normal"


def test_the_mean_is_over_the_pixels_that_count(detector: Detector, toys: object, images: Path) -> None:
    config = toys.find("scorer", "absolute").config(pooling="mean")
    mean = dataclasses.replace(detector, scorer_config=config, scorer=config.build())
    left = torch.zeros(24, 32, dtype=torch.bool)
    left[:, :16] = True
    (finding,) = inspect_files(mean, [images / "a.png"], InspectionOptions(roi=left))
    assert finding.score == pytest.approx(20 / 255, rel=1e-6)


def test_an_image_of_another_size_than_the_mask_is_invalid(detector: Detector, images: Path) -> None:
    Image.fromarray(np.zeros((8, 8), np.uint8)).save(images / "small.png")
    roi = torch.ones(24, 32, dtype=torch.bool)
    found = list(inspect_files(detector, [images / "small.png", images / "a.png"], InspectionOptions(roi=roi)))
    assert [finding.verdict for finding in found] == ["invalid", "normal"]
    assert "different sizes (8 x 8 and 32 x 24)" in found[0].fault


def test_what_cannot_work_is_refused_at_once(detector: Detector, images: Path) -> None:
    with pytest.raises(DetectorError, match="no threshold"):
        next(inspect_files(dataclasses.replace(detector, cut=None), [images / "a.png"]))
    nothing = torch.zeros(24, 32, dtype=torch.bool)
    with pytest.raises(DatasetError, match="no pixel"):
        next(inspect_files(detector, [images / "a.png"], InspectionOptions(roi=nothing)))


def test_no_more_than_two_batches_are_read_ahead(detector: Detector, images: Path) -> None:
    taken = []

    def endless() -> object:
        while True:
            taken.append(images / "a.png")
            yield taken[-1]

    findings = inspect_files(detector, endless(), batch=2)
    for _ in range(10):
        next(findings)
    assert len(taken) <= 10 + 2 * 2
    findings.close()


def test_no_images_give_no_findings(detector: Detector) -> None:
    assert list(inspect_files(detector, [])) == []
