from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from adfw import Detector, InspectionOptions, inspect_files
from adfw.inspection.pictures import Overlays, place_of, write_map


@pytest.fixture
def findings(detector: Detector, images: Path) -> list[object]:
    paths = [images / "b.png", images / "a.png", images / "line 1" / "broken.png"]
    return list(inspect_files(detector, paths, InspectionOptions(maps=True)))


def test_maps_hold_every_float(findings: list[object], tmp_path: Path) -> None:
    tiff, npy = (write_map(findings[0], tmp_path / "maps", form) for form in ("tiff", "npy"))
    assert np.array_equal(np.asarray(Image.open(tiff)), findings[0].anomaly_map.numpy())
    assert np.array_equal(np.load(npy), findings[0].anomaly_map.numpy())
    assert np.load(npy).dtype == np.float32
    assert write_map(findings[2], tmp_path / "maps", "tiff") is None


def test_overlays_share_one_scale(findings: list[object], tmp_path: Path) -> None:
    overlays = Overlays(tmp_path)
    bright, dark, broken = (overlays.write(finding) for finding in findings)
    assert broken is None
    colourful = [np.ptp(np.asarray(Image.open(path)).astype(int), axis=-1).max() for path in (bright, dark)]
    assert colourful[0] > 80 > colourful[1]
    assert np.asarray(Image.open(bright)).shape == (24, 32, 3)


@pytest.mark.parametrize(
    ("image", "place"),
    [
        ("a.png", "out/a.png.tiff"),
        ("/data/line 1/a.png", "out/data/line 1/a.png.tiff"),
        ("../x/../../a.png", "out/parent/x/parent/parent/a.png.tiff"),
    ],
)
def test_pictures_stay_below_their_folder(image: str, place: str) -> None:
    assert place_of(Path("out"), Path(image), ".tiff") == Path(place)
