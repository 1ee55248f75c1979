"""What is found in one image."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from pathlib import Path

    from torch import Tensor

    from adfw.interfaces import Verdict


class Region(NamedTuple):
    """A connected part of the anomaly map that stands out, in pixels of the original image.

    The box reaches from column `left` and row `top` to just before `right` and `bottom`; `area` counts pixels; `peak`
    is the map's largest value in it, at (`peak_x`, `peak_y`).
    """

    left: int
    top: int
    right: int
    bottom: int
    area: int
    peak: float
    peak_x: int
    peak_y: int


@dataclass(frozen=True, eq=False)
class Finding:
    """One inspected file.

    `score` is NaN and `fault` says why where the verdict is `invalid`; `margin` is score - threshold; `milliseconds`
    are those of decoding and preprocessing plus the image's share of its batch. `image` is the decoded (C, H, W)
    float32 image and `anomaly_map` the (H, W) float32 map at its size, both None for an invalid image or if nobody
    asked for maps.
    """

    path: Path
    score: float
    threshold: float
    verdict: Verdict
    milliseconds: float
    detector: str = ""
    fault: str = ""
    regions: tuple[Region, ...] = ()
    image: Tensor | None = None
    anomaly_map: Tensor | None = None

    @property
    def margin(self) -> float:
        """How far the score is above the threshold; negative below it."""
        return self.score - self.threshold
