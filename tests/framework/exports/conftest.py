"""A detector small enough to be exported in a second or two, and an export of it that all tests of a process share."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import torch

from adfw import Cut, Detector, FitContext, Preprocessing, save_detector
from adfw.journal import Journal
from adfw.manifest import write_manifest
from adfw.registry.golden import write_golden
from adfw.scores import ScoreTable

if TYPE_CHECKING:
    from pathlib import Path

    from adfw import Catalog, Sample

SIDE = 16


@pytest.fixture(scope="session")
def plates(toys: Catalog) -> list[Sample]:
    return list(toys.find("dataset", "plates").config().build().split("test"))


@pytest.fixture(scope="session")
def detector(toys: Catalog) -> Detector:
    """Expects the mean of grey plates; the images it is shown are resized."""
    model_config, scorer_config = toys.find("model", "mean_image").config(), toys.find("scorer", "absolute").config()
    preprocessing = Preprocessing(size=(12, 10), color="grey")
    model = model_config.build()
    train = toys.find("dataset", "plates").config().build().split("train")
    small = [type(one)(one.id, preprocessing.apply(one.image), 0) for one in train]
    model.fit(small, FitContext(device="cpu", precision="fp32", seed=0, progress=Journal()))
    cut = Cut(0.1234567890123, promise="none", review_from=0.02)
    return Detector(preprocessing, model_config, model, scorer_config, scorer_config.build(), cut, {"label": "stated"})


@pytest.fixture(scope="session")
def saved(detector: Detector, plates: list[Sample], toys: Catalog, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The detector's folder, with golden images and scores."""
    folder = tmp_path_factory.mktemp("saved") / "detector"
    images = torch.stack([detector.preprocessing.apply(plate.image) for plate in plates])
    scores = detector.score(images)[0].double().tolist()
    rows = [(p.id, "test", p.label, p.defect, s) for p, s in zip(plates, scores, strict=True)]
    table = ScoreTable.of(rows)
    save_detector(detector, folder, toys, table)
    write_golden(detector, plates, table, folder / "golden")
    (folder / "manifest.json").unlink()
    write_manifest(folder)
    return folder
