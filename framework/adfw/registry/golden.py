"""A few images with the scores they had when the detector was made: proof that it still decides alike elsewhere."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from PIL import Image

from adfw.detector_folder import read_detector
from adfw.images.content import to_integers
from adfw.json_files import read_json, write_json
from adfw.registry.opening import package_folder

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    import numpy.typing as npt

    from adfw.catalog import Catalog
    from adfw.detector import Detector
    from adfw.interfaces import Sample
    from adfw.registry.records import Version
    from adfw.scores import ScoreTable
    from adfw.store_interface import Store

FOLDER = "golden"
FILE = "golden.json"
EACH = 2
RELATIVE = 1e-4
"""Other processors and batch sizes move scores by some 1e-6 of their value, TF32 and oneDNN by up to 1e-5."""


def write_golden(detector: Detector, samples: Sequence[Sample], table: ScoreTable, folder: Path) -> int:
    """Write up to two images of each class with their scores into a new folder; return how many.

    `samples` are at native resolution, in the order of the rows of `table`. The lowest and highest scores of each
    class are taken; images whose score is too near the threshold to be decided alike everywhere are not, nor are
    those that no PNG holds without loss.
    """
    folder.mkdir(parents=True)
    entries: list[dict[str, Any]] = []
    for row in _candidates(table):
        pixels = _as_picture(samples[row])
        if pixels is None or sum(entry["label"] == int(table.label[row]) for entry in entries) == EACH:
            continue
        path = folder / f"{len(entries)}.png"
        Image.fromarray(pixels).save(path)
        found = detector.inspect([path])
        score, cut = float(found.scores[0]), found.cut.value
        tolerance = RELATIVE * abs(score)
        if not np.isfinite(score) or abs(score - cut) <= 2 * tolerance:
            path.unlink()
            continue
        entry = {"file": path.name, "label": int(table.label[row]), "verdict": str(found.verdicts[0])}
        entries.append(entry | {"score": score, "exact": score.hex(), "tolerance": tolerance})
    write_json(folder / FILE, {"images": entries})
    return len(entries)


def golden_faults(detector: Detector, folder: Path) -> list[str]:
    """Inspect a package's golden images again; return a sentence for each that is not scored or decided alike."""
    entries = read_json(folder / FILE)["images"]
    found = detector.inspect([folder / entry["file"] for entry in entries])
    faults = []
    for entry, score, verdict in zip(entries, found.scores.tolist(), found.verdicts.tolist(), strict=True):
        if not abs(score - entry["score"]) <= entry["tolerance"] or verdict != entry["verdict"]:
            expected = f"{entry['score']:.8g} within {entry['tolerance']:.2g}, {entry['verdict']}"
            faults.append(f"golden image {entry['file']}: scored {score:.8g}, {verdict}; expected {expected}")
    return faults


def golden_faults_of(
    store: Store, versions: Sequence[Version] | None = None, *, catalog: Catalog | None = None
) -> list[str]:
    """Inspect the golden images of all versions, or of some, again; return a sentence for each that differs."""
    if versions is None:
        versions = [version for model in store.models() for version in store.versions(model.name)]
    faults = []
    for version in versions:
        folder = package_folder(store, version)
        if (folder / FOLDER / FILE).is_file():
            detector = read_detector(folder, catalog=catalog)
            faults += [f"{version}: {fault}" for fault in golden_faults(detector, folder / FOLDER)]
    return faults


def _candidates(table: ScoreTable) -> list[int]:
    """Return the rows of each class from both ends of its scores inwards."""
    rows: list[int] = []
    for label in (0, 1):
        mine = np.flatnonzero((table.label == label) & np.isfinite(table.score))
        by_score = mine[np.argsort(table.score[mine], kind="stable")]
        half = (len(by_score) + 1) // 2
        ends = np.stack([by_score[:half], by_score[::-1][:half]], axis=1).ravel()
        rows += list(dict.fromkeys(ends.tolist()))[: 4 * EACH]
    return rows


def _as_picture(sample: Sample) -> npt.NDArray[np.unsignedinteger] | None:
    """Return (H, W) or (H, W, 3) pixels for a PNG, None for 16-bit colour, which Pillow cannot write."""
    pixels = to_integers(sample.image)
    if pixels.dtype == np.uint16 and len(pixels) == 3:
        return None
    return pixels[0] if len(pixels) == 1 else np.ascontiguousarray(np.moveaxis(pixels, 0, -1))
