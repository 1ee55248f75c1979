"""Writes any dataset as files in the layout of MVTec AD."""

from __future__ import annotations

import shutil
import tempfile
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

from adfw.errors import DatasetError
from adfw.images.encode import encode_mask, encode_png

if TYPE_CHECKING:
    from collections.abc import Mapping

    from adfw.interfaces import Dataset, Sample

NOTICE = "notice.txt"
"""Beside train and test: the sentence that every run on these files has to show, e.g. that they were drawn."""


def write_mvtec_layout(dataset: Dataset, root: Path, category: str) -> Mapping[str, int]:
    """Write root/category/{train,test,ground_truth}/... and return how many images each folder got.

    Training and calibration images go to train/good, 16-bit ones as 16-bit PNG. All or nothing: the category appears
    when every image is written. Raises DatasetError where `root` is there already and not empty.
    """
    if root.exists() and not (root.is_dir() and not any(root.iterdir())):
        raise DatasetError(f"{root}: is there already and not empty; nothing is overwritten, choose another folder")
    is_new = not root.exists()
    root.mkdir(parents=True, exist_ok=True)
    staging = Path(tempfile.mkdtemp(prefix=".unfinished-", dir=root))
    try:
        written = _write(dataset, staging / category)
        (staging / category).replace(root / category)
    finally:
        shutil.rmtree(staging, ignore_errors=True)
        if is_new and not any(root.iterdir()):
            root.rmdir()
    return written


def _write(dataset: Dataset, folder: Path) -> Mapping[str, int]:
    written: Counter[str] = Counter()
    for sample in (*dataset.split("train"), *dataset.split("calibration")):
        _write_sample(sample, folder, "train", written)
    for sample in dataset.split("test"):
        _write_sample(sample, folder, "test", written)
    if dataset.notice:
        (folder / NOTICE).write_text(dataset.notice + "\n", encoding="utf-8")
    return written


def _write_sample(sample: Sample, folder: Path, part: str, written: Counter[str]) -> None:
    kind = sample.defect or "good"
    name = f"{written[f'{part}/{kind}']:03d}"
    _write_file(folder / part / kind / f"{name}.png", encode_png(sample.image))
    if sample.mask is not None and sample.label:
        _write_file(folder / "ground_truth" / kind / f"{name}_mask.png", encode_mask(sample.mask))
    written[f"{part}/{kind}"] += 1


def _write_file(path: Path, content: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
