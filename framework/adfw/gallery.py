"""Chooses the test images worth looking at and writes their pictures into the run folder."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import torch

from adfw.report.pictures import shared_scale, write_gallery_item, write_thumbnail

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    import numpy.typing as npt
    from torch import Tensor

    from adfw.detector import Detector
    from adfw.interfaces import Sample
    from adfw.report.document import GalleryItem
    from adfw.scores import ScoreTable

SHOWN = 6
THUMBNAILS = 1000


def choose(test: ScoreTable, verdicts: npt.NDArray[np.str_]) -> list[int]:
    """Return the rows to show: worst misses and false alarms first, then the clearest right verdicts."""
    anomalous, flagged = test.label == 1, verdicts == "anomalous"
    lowest_first, highest_first = np.argsort(test.score, kind="stable"), np.argsort(-test.score, kind="stable")
    misses = [row for row in lowest_first if anomalous[row] and not flagged[row]][:SHOWN]
    false_alarms = [row for row in highest_first if not anomalous[row] and flagged[row]][:SHOWN]
    caught = [row for row in highest_first if anomalous[row] and flagged[row]][: SHOWN // 2]
    passed = [row for row in lowest_first if not anomalous[row] and not flagged[row]][: SHOWN // 2]
    return [int(row) for row in (*misses, *false_alarms, *caught, *passed)]


def write_gallery(
    detector: Detector, samples: Sequence[Sample], test: ScoreTable, verdicts: npt.NDArray[np.str_], folder: Path
) -> tuple[GalleryItem, ...]:
    """Examine the chosen test images again and write image, reconstruction, map overlay and mask outline of each.

    `samples` are the dataset's own, at native resolution, in the order of the rows of `test`.
    """
    rows = choose(test, verdicts)
    examined = [_examine(detector, samples[row]) for row in rows]
    if not rows:
        return ()
    scale = shared_scale(torch.stack([anomaly_map for _, anomaly_map in examined]))
    outcomes = [(float(test.score[row]), str(verdicts[row])) for row in rows]
    return tuple(
        write_gallery_item(samples[row], picture, anomaly_map, outcome, folder, map_scale=scale)
        for row, (picture, anomaly_map), outcome in zip(rows, examined, outcomes, strict=True)
    )


def _examine(detector: Detector, sample: Sample) -> tuple[Tensor | None, Tensor]:
    """Return the expected image, None for models that expect none, and the anomaly map (h, w)."""
    image = detector.preprocessing.apply(sample.image)[None]
    expected = detector.examine(image)[0].expected
    _, maps = detector.score(image)
    return (expected[0].cpu() if expected.shape == image.shape else None), maps[0].cpu()


def write_thumbnails(samples: Sequence[Sample], folder: Path) -> dict[str, str]:
    """Write a thumbnail of each of the first test images and return their paths in the run folder by id."""
    paths = {}
    for index in range(min(len(samples), THUMBNAILS)):
        path = folder / "thumbnails" / f"{index}.jpg"
        write_thumbnail(samples[index].image, path)
        paths[samples[index].id] = path.relative_to(folder).as_posix()
    return paths
