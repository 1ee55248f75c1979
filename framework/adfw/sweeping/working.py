"""One run of a sweep, in the process that was started for it."""

from __future__ import annotations

import json
import os
import shutil
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from adfw.line import Run, run
from adfw.recipe import load_recipe
from adfw.run_folder import RunFolder, write_atomically

if TYPE_CHECKING:
    from collections.abc import Mapping

    from adfw.detector import Detector
    from adfw.recipe import Recipe

MEASURED = "measured.json"
WARM_UP = 5
MEGA = 1_000_000


def work(*, recipe: Mapping[str, Any], folder: str, directory: str, latency_images: int) -> dict[str, Any]:
    """Do a run in `folder`, or what is left of it, and measure its detector on `latency_images` images, one by one.

    Paths of the recipe are relative to `directory`. Raises what `adfw.run` raises.
    """
    os.chdir(directory)
    loaded, place = load_recipe(recipe), RunFolder(Path(folder))
    finished = Run.load(place.path) if place.document.exists() else _run(loaded, place)
    if latency_images and not (place.path / MEASURED).exists():
        figures = measure(finished.detector(), loaded, latency_images)
        figures["detector_mb"] = folder_bytes(place.detector) / MEGA
        write_atomically(place.path / MEASURED, json.dumps(figures, indent=2))
    return {}


def _run(recipe: Recipe, place: RunFolder) -> Run:
    begun = place.recipe.is_file()
    if place.path.exists() and not begun:
        shutil.rmtree(place.path)  # interrupted before there was anything in it
    return run(recipe, out=place.path, resume=begun)


def measure(detector: Detector, recipe: Recipe, count: int) -> dict[str, float]:
    """Return milliseconds from one preprocessed image to its score, images one by one: median and 95th percentile."""
    samples = recipe.dataset.build().split("test")
    times = []
    for index in range(WARM_UP + count):
        image = detector.preprocessing.apply(samples[index % len(samples)].image)[None]
        start = time.perf_counter()
        detector.score(image)
        times.append(1000 * (time.perf_counter() - start))
    timed = times[WARM_UP:]
    return {"latency_p50_ms": float(np.quantile(timed, 0.5)), "latency_p95_ms": float(np.quantile(timed, 0.95))}


def folder_bytes(folder: Path) -> int:
    """Return the size of all files below a folder."""
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
