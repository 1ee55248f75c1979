from __future__ import annotations

from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import numpy as np
import torch

from adfw.gallery import choose, write_gallery
from adfw.interfaces import Evidence, Sample
from adfw.scores import ScoreTable

if TYPE_CHECKING:
    from pathlib import Path

ROWS = [("g0", 0, 0.1), ("g1", 0, 0.9), ("d0", 1, 0.2), ("d1", 1, 0.3), ("d2", 1, 0.8)]
TABLE = ScoreTable.of([(name, "test", label, "dent" if label else "", score) for name, label, score in ROWS])
VERDICTS = np.where(TABLE.score >= 0.5, "anomalous", "normal")


class Stub:
    """Stands in for a detector: its anomaly map is the image itself."""

    preprocessing: Any = SimpleNamespace(apply=lambda image: image)

    def examine(self, images: torch.Tensor) -> tuple[Evidence, ...]:
        return (Evidence(images, images),)

    def score(self, images: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        return images.amax((1, 2, 3)), images[:, 0]


def samples() -> list[Sample]:
    return [Sample(name, torch.full((1, 8, 8), score), label) for name, label, score in ROWS]


def test_worst_errors_come_first() -> None:
    assert [ROWS[row][0] for row in choose(TABLE, VERDICTS)] == ["d0", "d1", "g1", "d2", "g0"]


def test_all_maps_share_one_scale(tmp_path: Path) -> None:
    items = write_gallery(Stub(), samples(), TABLE, VERDICTS, tmp_path)  # type: ignore[arg-type]
    [scale] = {item.map_scale for item in items}
    assert scale is not None
    assert abs(scale - 0.9) < 1e-6


def test_scores_and_verdicts_are_the_tables(tmp_path: Path) -> None:
    items = write_gallery(Stub(), samples(), TABLE, VERDICTS, tmp_path)  # type: ignore[arg-type]
    assert [(item.id, item.kind, item.score) for item in items][:3] == [
        ("d0", "miss", 0.2),
        ("d1", "miss", 0.3),
        ("g1", "false_alarm", 0.9),
    ]


def test_no_test_image_no_gallery(tmp_path: Path) -> None:
    nothing = np.zeros(0, dtype=np.intp)
    assert write_gallery(Stub(), [], TABLE.where(nothing), VERDICTS[nothing], tmp_path) == ()  # type: ignore[arg-type]
