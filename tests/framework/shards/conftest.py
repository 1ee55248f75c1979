"""A detector of built-in components, since other processes know no toys, and twenty-one tiny images for it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
import torch
from PIL import Image

from adfw import Catalog, Cut, Detector, Preprocessing, save_detector

if TYPE_CHECKING:
    from pathlib import Path

SIDE = 16


@pytest.fixture(scope="session")
def detector(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder of an untrained autoencoder, whose scores are what they are."""
    catalog = Catalog.discover()
    torch.manual_seed(0)
    model = catalog.find("model", "conv_autoencoder").config(depth=1, channels=2)
    scorer = catalog.find("scorer", "mse").config(pooling="max")
    size = Preprocessing(size=SIDE, color="grey")
    folder = tmp_path_factory.mktemp("sharded") / "detector"
    save_detector(Detector(size, model, model.build().eval(), scorer, scorer.build(), Cut(0.05), {}), folder, catalog)
    return folder


@pytest.fixture(scope="session")
def images(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder of nineteen images, one of 16 bits among them, a truncated one and a text called .png."""
    folder = tmp_path_factory.mktemp("images")
    write_images(folder, 19)
    (folder / "05.png").write_bytes((folder / "04.png").read_bytes()[:60])
    deep = np.random.default_rng(9).integers(0, 65_536, (SIDE, SIDE), dtype=np.uint16)
    Image.fromarray(deep).save(folder / "07.png")
    (folder / "a # b.png").write_text("no image")
    return folder


def write_images(folder: Path, count: int) -> None:
    generator = np.random.default_rng(0)
    for index in range(count):
        pixels = generator.integers(0, 256, (SIDE, SIDE), dtype=np.uint8)
        Image.fromarray(pixels // (1 + index % 4)).save(folder / f"{index:02d}.png")
