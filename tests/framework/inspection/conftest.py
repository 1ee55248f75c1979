"""A detector of toys and a folder of images for it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
import torch
from PIL import Image

from adfw import Cut, Detector, Preprocessing, save_detector

if TYPE_CHECKING:
    from pathlib import Path

    from adfw import Catalog

SIDE = 16


@pytest.fixture
def detector(toys: Catalog) -> Detector:
    """Expects black images, scores by the brightest pixel, rejects from 0.5 on."""
    model_config, scorer_config = toys.find("model", "mean_image").config(), toys.find("scorer", "absolute").config()
    model = model_config.build()
    model.mean = torch.zeros(1, SIDE, SIDE)
    size = Preprocessing(size=SIDE, color="grey")
    return Detector(size, model_config, model.eval(), scorer_config, scorer_config.build(), Cut(0.5), {})


@pytest.fixture
def images(tmp_path: Path) -> Path:
    """Two normal and two bright images of 32 x 24 pixels in folders, a broken one, and a text."""
    root = tmp_path / "Bilder vom Werk"
    (root / "line 1" / "deep").mkdir(parents=True)
    for name, spots in {"a": [], "b": [(4, 6)], "line 1/c": [], "line 1/deep/d": [(4, 6), (16, 20)]}.items():
        pixels = np.full((24, 32), 20, dtype=np.uint8)
        for row, column in spots:
            pixels[row : row + 4, column : column + 6] = 250 - row
        Image.fromarray(pixels).save(root / f"{name}.png")
    (root / "line 1" / "broken.png").write_bytes((root / "a.png").read_bytes()[:40])
    (root / "notes.txt").write_text("no image")
    return root


@pytest.fixture
def saved(detector: Detector, toys: Catalog, tmp_path: Path) -> Path:
    save_detector(detector, tmp_path / "detector", toys)
    return tmp_path / "detector"
