"""Inspects files batch by batch: the next batch is decoded while this one is scored, and none is kept."""

from __future__ import annotations

import itertools
import math
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple, cast

import torch

from adfw.errors import DatasetError, DetectorError
from adfw.images.decode import decode_image
from adfw.images.formats import ImageLimits
from adfw.inspection.findings import Finding
from adfw.inspection.regions import find_regions, looked_at
from adfw.maps import resize_maps
from adfw.thresholds import decide

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from concurrent.futures import Future
    from pathlib import Path

    from torch import Tensor

    from adfw.detector import Detector
    from adfw.interfaces import Cut, Verdict

BATCH = 8


@dataclass(frozen=True, eq=False)
class InspectionOptions:
    """What an inspection returns beside scores and verdicts, and which pixels it looks at.

    `roi` and `ignore` are (H, W) bool masks of the images' original size: pixels outside `roi` or inside `ignore` take
    no part in the score, and images of another size are invalid. `level` is the map's value from which a region is
    one, half of each map's largest value if None; regions are looked for in images that are not normal.
    """

    maps: bool = False
    regions: bool = False
    level: float | None = None
    roi: Tensor | None = None
    ignore: Tensor | None = None
    name: str = ""
    limits: ImageLimits = field(default_factory=ImageLimits)


class _Read(NamedTuple):
    path: Path
    image: Tensor | None
    prepared: Tensor | None
    fault: str
    seconds: float


def inspect_files(
    detector: Detector,
    paths: Iterable[Path],
    options: InspectionOptions = InspectionOptions(),
    *,
    batch: int = BATCH,
    threads: int = 2,
) -> Iterator[Finding]:
    """Yield what is found in each file, in their order, holding no more than two batches at a time.

    A file that cannot be read is `invalid` and stops nobody. Pixels that are left out of the score are zero in the
    map. Raises DetectorError for a detector without a threshold and DatasetError for masks that leave nothing.
    """
    if detector.cut is None:
        raise DetectorError("this detector has no threshold; choose one with `adfw rethreshold`")
    keep = looked_at(options.roi, options.ignore, detector.preprocessing.shape[1:])
    with ThreadPoolExecutor(threads, thread_name_prefix="adfw-inspect") as pool:
        waiting: list[Future[_Read]] = []
        for group in itertools.chain(_groups(paths, batch), [()]):
            coming = [pool.submit(_read, detector, path, options) for path in group]
            yield from _findings(detector, detector.cut, [future.result() for future in waiting], keep, options)
            waiting = coming


def _groups(paths: Iterable[Path], size: int) -> Iterator[tuple[Path, ...]]:
    rest = iter(paths)
    while group := tuple(itertools.islice(rest, size)):
        yield group


def _read(detector: Detector, path: Path, options: InspectionOptions) -> _Read:
    start = time.perf_counter()
    image = prepared = None
    fault = ""
    try:
        image = decode_image(path, options.limits)
        for mask in (options.roi, options.ignore):
            if mask is not None and mask.shape != image.shape[1:]:
                sizes = " and ".join(f"{size[1]} x {size[0]}" for size in (image.shape[1:], mask.shape))
                raise DatasetError(f"{path}: image and mask have different sizes ({sizes}); draw the mask anew")
        prepared = detector.preprocessing.apply(image)
    except DatasetError as error:
        fault = str(error)
    return _Read(path, image if options.maps or options.regions else None, prepared, fault, time.perf_counter() - start)


def _findings(
    detector: Detector, cut: Cut, read: Sequence[_Read], keep: Tensor | None, options: InspectionOptions
) -> Iterator[Finding]:
    start = time.perf_counter()
    sound = [item.prepared for item in read if item.prepared is not None]
    scored = iter(zip(*_score(detector, torch.stack(sound), keep), strict=True)) if sound else iter(())
    share = (time.perf_counter() - start) / max(len(sound), 1)
    for item in read:
        score, anomaly_map, seconds, fault = math.nan, None, item.seconds, item.fault
        if item.prepared is not None:
            value, anomaly_map = next(scored)
            score, seconds = float(value), seconds + share
            fault = "" if not math.isnan(score) else f"{item.path}: its score is not a number"
        verdict = cast("Verdict", str(decide([score], cut)[0]))
        whole = _at_original_size(item, anomaly_map, options) if options.maps or options.regions else None
        regions = (
            find_regions(whole, options.level) if options.regions and whole is not None and verdict != "normal" else ()
        )
        yield Finding(
            item.path, score, cut.value, verdict, 1000 * seconds, options.name, fault, regions, item.image, whole
        )


@torch.inference_mode()
def _score(detector: Detector, images: Tensor, keep: Tensor | None) -> tuple[Tensor, Tensor]:
    """Return (N,) float64 scores and (N, h, w) maps; with `keep`, (h, w) bool, only of the pixels that count."""
    if keep is None:
        scores, maps = detector.score(images)
    else:
        maps = detector.scorer.maps(detector.examine(images), (images.shape[-2], images.shape[-1])).cpu()
        scores = detector.scorer.score(maps[:, keep].unsqueeze(1)).cpu()
        maps = maps * keep
    return scores.double(), maps


def _at_original_size(item: _Read, anomaly_map: Tensor | None, options: InspectionOptions) -> Tensor | None:
    if item.image is None or anomaly_map is None or bool(anomaly_map.isnan().any()):
        return None
    size = (item.image.shape[1], item.image.shape[2])
    whole = resize_maps(anomaly_map[None], size)[0]
    counted = looked_at(options.roi, options.ignore, size)  # once more, for enlarging blurs the mask's edge
    return whole if counted is None else whole * counted
