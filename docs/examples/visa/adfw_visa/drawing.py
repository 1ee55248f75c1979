"""A small tree in VisA's layout, drawn: `python -m adfw_visa.drawing FOLDER` writes it to try the plugin on."""

from __future__ import annotations

import csv
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image

if TYPE_CHECKING:
    import numpy.typing as npt

SIZE, TRAIN, NORMAL, ANOMALY = 48, 20, 6, 6
TYPES = ("chunk of wax missing", "wax melded out of the candle")


def draw_visa(root: Path, name: str = "candle") -> None:
    """Write `split_csv/1cls.csv` and one object of soft discs; an anomaly is a dark or bright square with its mask."""
    rng, rows, types = np.random.default_rng(0), [], []
    for number in range(TRAIN + NORMAL):
        path = f"{name}/Data/Images/Normal/{number:04d}.JPG"
        write(root / path, disc(rng))
        rows.append([name, "train" if number < TRAIN else "test", "normal", path, ""])
        types.append([path, "normal", ""])
    for number in range(ANOMALY):
        path, mask = f"{name}/Data/Images/Anomaly/{number:03d}.JPG", f"{name}/Data/Masks/Anomaly/{number:03d}.png"
        marked = np.zeros((SIZE, SIZE), np.uint8)
        row, column = rng.integers(8, SIZE - 16, 2)
        marked[row : row + 8, column : column + 8] = 1 + number % 2  # VisA's masks number the types
        write(root / path, np.where(marked[..., None] > 0, 10 if number % 2 else 245, disc(rng)).astype(np.uint8))
        write(root / mask, marked)
        rows.append([name, "test", "anomaly", path, mask])
        types.append([path, TYPES[number % 2], mask])
    write_csv(root / "split_csv" / "1cls.csv", ["object", "split", "label", "image", "mask"], rows)
    write_csv(root / name / "image_anno.csv", ["image", "label", "mask"], types)


def disc(rng: np.random.Generator) -> npt.NDArray[np.uint8]:
    """Return an (H, W, 3) picture of a disc whose light and place vary a little."""
    rows, columns = np.mgrid[:SIZE, :SIZE] / SIZE - 0.5 + rng.normal(0, 0.02, 2)[:, None, None]
    bright = 60 + 120 * np.exp(-8 * (rows**2 + columns**2)) * rng.uniform(0.95, 1.05)
    noisy = bright[..., None] * np.array([1.0, 0.9, 0.7]) + rng.normal(0, 2, (SIZE, SIZE, 3))
    picture: npt.NDArray[np.uint8] = np.clip(noisy, 0, 255).astype(np.uint8)
    return picture


def write(path: Path, pixels: npt.NDArray[np.uint8]) -> None:
    """Write a picture, and its folder where it is not there."""
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(pixels).save(path, quality=95)  # which a PNG has no use for


def write_csv(path: Path, columns: list[str], rows: list[list[str]]) -> None:
    """Write a table, and its folder where it is not there."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([columns, *rows])


if __name__ == "__main__":
    draw_visa(Path(sys.argv[1]))
