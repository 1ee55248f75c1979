"""The gate of every export: the same images through detector and export, each with its own runtime."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import torch

from adfw.errors import DatasetError, ExportError
from adfw.thresholds import decide

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from torch import Tensor

    from adfw.detector import Detector
    from adfw.exports.engines import Graph
    from adfw.interfaces import Cut

BEHIND_RESIZING = 5e-5
"""Of a score. Runtimes were measured to differ by up to 4e-6 on prepared images; weights in fp16 by 1e-4 and more."""
FROM_FILES = 1e-3
"""Of a score. Where resizing ends between two grey levels, two orders of summing may round it to either."""
LEAST = 0.1  # of the median score: below it, differences are taken relative to this
TOGETHER = 3
SHIFTED = (3 / 4, 2 / 3)  # of height and width: one more size than the images have


@dataclass(frozen=True)
class Parity:
    """What the gate measured: images looked at, and the largest differences as shares of the score."""

    images: int
    from_files: float
    behind_resizing: float
    tolerance_from_files: float = FROM_FILES
    tolerance_behind_resizing: float = BEHIND_RESIZING

    def document(self) -> dict[str, Any]:
        """Return it for JSON."""
        return asdict(self)


@dataclass(frozen=True, eq=False)
class _Pair:
    """One image through both: as the graph takes it, prepared by adfw, and adfw's score."""

    name: str
    given: Tensor
    levels: int
    prepared: Tensor
    score: float


def require_parity(detector: Detector, graph: Graph, images: Iterable[tuple[str, Tensor]]) -> Parity:
    """Compare scores and verdicts of named (C, H, W) images in [0, 1]; raises ExportError where they differ.

    Every image goes through the graph at its own size, alone, and once more prepared by adfw, in batches of three.
    A part of the first image goes along, so that resizing from another size is seen, too. Images that adfw refuses are
    left out.
    """
    assert detector.cut is not None
    pairs = list(_pairs(detector, _with_part(images)))
    if not pairs:
        raise ExportError("there is no image to compare the export with; name some with --images")
    expected = np.array([pair.score for pair in pairs])
    if not np.isfinite(expected).all():
        raise ExportError(f"{pairs[int(np.argmin(np.isfinite(expected)))].name}: its score is not a finite number")
    alone = np.concatenate([_alone(graph, pair) for pair in pairs]).astype(np.float64)
    together = _together(graph, pairs).astype(np.float64)
    _require_verdicts(pairs, alone, detector.cut)
    return Parity(
        len(pairs),
        _require_near(pairs, alone, FROM_FILES, "from the file"),
        _require_near(pairs, together, BEHIND_RESIZING, "resized by adfw"),
    )


def as_input(detector: Detector, image: Tensor) -> tuple[Tensor, int]:
    """Return a decoded image as the graph takes it, (C, H, W), with the levels of its grid."""
    colored, levels = detector.preprocessing.colored(image)
    return colored.expand(detector.preprocessing.shape[0], -1, -1).contiguous(), levels


def _with_part(images: Iterable[tuple[str, Tensor]]) -> Iterator[tuple[str, Tensor]]:
    for index, (name, image) in enumerate(images):
        yield name, image
        if index == 0:
            height, width = (max(1, round(side * share)) for side, share in zip(image.shape[1:], SHIFTED, strict=True))
            yield f"{name}, its upper left {height} x {width}", image[:, :height, :width]


def _pairs(detector: Detector, images: Iterable[tuple[str, Tensor]]) -> Iterator[_Pair]:
    for name, image in images:
        try:
            given, levels = as_input(detector, image)
        except DatasetError:
            continue
        prepared = detector.preprocessing.apply(image)
        yield _Pair(name, given, levels, prepared, float(detector.score(prepared[None])[0]))


def _alone(graph: Graph, pair: _Pair) -> np.ndarray:
    return graph(pair.given[None].numpy(), np.array([pair.levels], np.float32))[0]


def _together(graph: Graph, pairs: list[_Pair]) -> np.ndarray:
    found = []
    for start in range(0, len(pairs), TOGETHER):
        batch = pairs[start : start + TOGETHER]
        levels = np.array([pair.levels for pair in batch], np.float32)
        found.append(graph(torch.stack([pair.prepared for pair in batch]).numpy(), levels)[0])
    return np.concatenate(found)


def _require_verdicts(pairs: list[_Pair], found: np.ndarray, cut: Cut) -> None:
    expected = decide([pair.score for pair in pairs], cut)
    for pair, score, mine, theirs in zip(pairs, found, expected, decide(found, cut), strict=True):
        if mine != theirs:
            raise ExportError(
                f"{pair.name}: adfw says {mine} ({pair.score:.9g}), the export {theirs} ({score:.9g}); "
                "nothing is written"
            )


def _require_near(pairs: list[_Pair], found: np.ndarray, tolerance: float, how: str) -> float:
    """Return the largest difference as a share of the score."""
    expected = np.array([pair.score for pair in pairs])
    least = LEAST * float(np.median(np.abs(expected))) + float(np.finfo(np.float32).tiny)
    scale = np.abs(expected).clip(min=least)
    shares = np.abs(found - expected) / scale
    worst = int(np.nan_to_num(shares, nan=np.inf).argmax())
    if not shares[worst] <= tolerance:
        raise ExportError(
            f"{pairs[worst].name}, {how}: the export's score {found[worst]:.9g} differs from adfw's "
            f"{expected[worst]:.9g} by {shares[worst]:.1e} of it, more than {tolerance:g}; nothing is written"
        )
    return float(shares[worst])
