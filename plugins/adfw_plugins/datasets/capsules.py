"""Procedural capsules as a dataset: every picture is drawn when it is indexed, from its own number."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, overload

import torch

from adfw import Dataset, Sample
from adfw_plugins.datasets.drawing.defects import DEFECTS
from adfw_plugins.datasets.drawing.picture import draw

if TYPE_CHECKING:
    from adfw import SplitName
    from adfw_plugins.datasets import CapsulesConfig

_PARTS = ("train", "calibration", "test", *DEFECTS)
"""The parts whose pictures are numbered separately; the place in this tuple is a part of each picture's seed."""


@dataclass(frozen=True)
class DrawnSamples(Sequence[Sample]):
    """Pictures of given parts and numbers."""

    size: int
    seed: int
    pictures: tuple[tuple[str, int], ...]

    def __len__(self) -> int:
        return len(self.pictures)

    @overload
    def __getitem__(self, index: int) -> Sample: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[Sample]: ...
    def __getitem__(self, index: int | slice) -> Sample | Sequence[Sample]:
        if isinstance(index, slice):
            return DrawnSamples(self.size, self.seed, self.pictures[index])
        part, number = self.pictures[index]
        defect = part if part in DEFECTS else ""
        drawn = draw(self.size, (self.seed, _PARTS.index(part), number), defect)
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
        return DrawnSamples(config.size, config.seed, tuple(pictures))
