"""Faults of the body's imprint: missing, smeared, doubled or scraped."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from adfw_plugins.datasets.drawing.marks import blob, cloud
from adfw_plugins.datasets.drawing.surface import Change

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.random import Generator

    from adfw_plugins.datasets.drawing.imprint import Print
    from adfw_plugins.datasets.drawing.scene import Array, Scene
    from adfw_plugins.datasets.drawing.surface import Patch


def faulty_imprint(scene: Scene, patch: Patch, rng: Generator) -> Change:
    """Spoil a part of the number on the body: missing, smeared, doubled or scraped ink."""
    letter = float(rng.choice((-0.55, 0.0, 0.55)))
    centre = (scene.middle_of_body + letter + rng.normal(0, 0.05), scene.roll_body + rng.normal(0, 0.12))
    spoilt = blob(patch, centre, rng.uniform(0.2, 0.42), rng) * np.float32(rng.uniform(0.55, 1.0))
    kind = rng.integers(0, 4)
    if kind == 0:
        return Change(misprint=_thinned(spoilt))
    if kind == 1:
        return Change(misprint=_thinned(spoilt * (cloud(patch, 14, rng) > 0.42)))
    if kind == 2:
        return Change(misprint=_smeared(spoilt, rng.uniform(0.12, 0.35)))
    return Change(misprint=_doubled(spoilt, (rng.normal(0, 0.08), rng.choice((-1, 1)) * rng.uniform(0.08, 0.25))))


def _thinned(spoilt: Array) -> Callable[[Print, Array, Array], Array]:
    """Take ink away."""
    return lambda word, along, around: word.at(along, around) * (1 - spoilt)


def _smeared(spoilt: Array, reach: float) -> Callable[[Print, Array, Array], Array]:
    """Drag ink along the capsule."""

    def misprint(word: Print, along: Array, around: Array) -> Array:
        steps = np.linspace(-reach, reach, 7, dtype=np.float32)
        dragged = sum(word.at(along + step, around + step / 3) for step in steps) / np.float32(len(steps))
        return word.at(along, around) * (1 - spoilt) + dragged * spoilt

    return misprint


def _doubled(spoilt: Array, offset: tuple[float, float]) -> Callable[[Print, Array, Array], Array]:
    """Print a second time, beside the first."""

    def misprint(word: Print, along: Array, around: Array) -> Array:
        second = word.at(along - np.float32(offset[0]), around - np.float32(offset[1]))
        return np.maximum(word.at(along, around), second * spoilt)

    return misprint
