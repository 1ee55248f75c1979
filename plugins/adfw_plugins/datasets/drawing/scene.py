"""What varies from one picture of a capsule to the next: pose, colours, light, imprint."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    from numpy.random import Generator

Array = npt.NDArray[np.floating[Any]]

HALF_LENGTH = 3.17  # of the whole capsule, in radii
_CAP = (0.085, 0.08, 0.095)  # colours are RGB in [0, 1]
_BODY = (0.615, 0.325, 0.27)
_PAPER = (0.855, 0.86, 0.85)


@dataclass(frozen=True)
class Scene:
    """One capsule on paper. Lengths are in radii of the capsule, but for `centre` and `radius`: shares of the side."""

    centre: tuple[float, float]
    radius: float
    angle: float
    join: float
    """Where the dark cap ends and the body begins, along the axis."""
    cap: Array
    body: Array
    paper: Array
    light: float
    """Brightness of the lamp, about 1."""
    lamp: float
    """Across the capsule, where the lamp is mirrored."""
    gloss: float
    slope: tuple[float, float]
    """How much brighter the paper is on the right and at the bottom."""
    roll_cap: float
    """Angle, in radians about the axis, at which the cap's imprint sits; it is hidden beyond a right angle."""
    roll_body: float

    @classmethod
    def draw(cls, rng: Generator) -> Scene:
        """Choose a scene."""
        light = rng.normal(1, 0.012)
        return cls(
            centre=(0.5 + rng.normal(0, 0.006), 0.5 + rng.normal(0, 0.006)),
            radius=0.134 * rng.normal(1, 0.008),
            angle=math.radians(rng.normal(0, 0.7)),
            join=rng.normal(0.08, 0.03),
            cap=_tinted(_CAP, rng, 0.03),
            body=_tinted(_BODY, rng, 0.02),
            paper=_tinted(_PAPER, rng, 0.008),
            light=light,
            lamp=rng.normal(-0.42, 0.04),
            gloss=rng.uniform(0.7, 1.2),
            slope=(rng.normal(0, 0.012), rng.normal(-0.03, 0.012)),
            roll_cap=rng.uniform(-0.2, 1.9),
            roll_body=rng.normal(0.05, 0.12),
        )

    @property
    def middle_of_body(self) -> float:
        """Where along the axis the body's imprint is centred."""
        return self.join + (HALF_LENGTH - self.join) * 0.43


def _tinted(colour: tuple[float, float, float], rng: Generator, spread: float) -> Array:
    return (np.array(colour) * rng.normal(1, spread, 3)).clip(0, 1).astype(np.float32)
