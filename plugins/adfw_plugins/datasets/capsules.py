"""Procedural capsules as a dataset: every picture is drawn when it is indexed, from its own number."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import torch

from adfw import Dataset, LazySamples, Sample
from adfw_plugins.datasets.drawing.defects import DEFECTS
from adfw_plugins.datasets.drawing.picture import draw

if TYPE_CHECKING:
    from collections.abc import Sequence

    from adfw import SplitName
    from adfw_plugins.datasets import CapsulesConfig

_PARTS = ("train", "calibration", "test", *DEFECTS)
"""The parts whose pictures are numbered separately; the place in this tuple is a part of each picture's seed."""


def _drawn(size: int, seed: int, picture: tuple[str, int]) -> Sample:
    """Draw the picture of a part and a number."""
    part, number = picture
    defect = part if part in DEFECTS else ""
    drawn = draw(size, (seed, _PARTS.index(part), number), defect)
    image = torch.from_numpy(drawn.pixels).permute(2, 0, 1).contiguous().float().div_(255)
    place = f"test/{defect}" if defect else f"{part}/good"
    mask = torch.from_numpy(drawn.mask) if defect else None
    return Sample(f"{place}/{number:03d}.png", image, int(bool(defect)), defect, mask)


class Capsules(Dataset):
    """Pictures of capsules, drawn by a program."""

    def __init__(self, config: CapsulesConfig) -> None:
        self._config = config
        self.notice = "The images were drawn by a program; the figures say nothing about photographs."
        self.licence = "none is needed, for the images were drawn by this program"

    def split(self, name: SplitName) -> Sequence[Sample]:
        """Return one part; nothing is drawn yet."""
        config = self._config
        counts = {"train": config.train, "calibration": config.calibration, "test": config.normal}
        parts = (name, *DEFECTS) if name == "test" else (name,)
        pictures = [(part, number) for part in parts for number in range(counts.get(part, config.defects))]
        return LazySamples(pictures, partial(_drawn, config.size, config.seed))
