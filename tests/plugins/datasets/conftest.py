"""Small folders of images in the layouts under test."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np
import pytest
from PIL import Image

if TYPE_CHECKING:
    from pathlib import Path

Fill = Callable[..., None]


def write_images(folder: Path, count: int, seed: int = 0, size: tuple[int, int] = (6, 5)) -> None:
    """Write `count` different images of `size` (width, height) as 000.png and so on."""
    folder.mkdir(parents=True, exist_ok=True)
    for number in range(count):
        samples = np.random.default_rng((seed, number, *map(ord, folder.name))).integers(0, 256, (size[1], size[0]))
        Image.fromarray(samples.astype(np.uint8)).save(folder / f"{number:03d}.png")


@pytest.fixture(scope="session")
def fill() -> Fill:
    return write_images


@pytest.fixture
def category(tmp_path: Path) -> Path:
    """Return a category of 10 + 3 normal and 2 + 2 defective images, all but one with a mask."""
    folder = tmp_path / "root" / "screw"
    write_images(folder / "train" / "good", 10)
    write_images(folder / "test" / "good", 3, seed=1)
    for defect in ("bent", "scratch"):
        write_images(folder / "test" / defect, 2)
        truth = folder / "ground_truth" / defect
        truth.mkdir(parents=True)
        for number in range(2 if defect == "bent" else 1):
            mask = np.zeros((5, 6), np.uint8)
            mask[number : number + 2, 1:3] = 255
            Image.fromarray(mask).save(truth / f"{number:03d}_mask.png")
    return folder
