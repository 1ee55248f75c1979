"""Held-out normal images with pasted defects, as samples: made when they are indexed, the same on every machine."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from hashlib import sha256
from typing import TYPE_CHECKING, overload

import numpy as np
import torch

from adfw.interfaces import Sample
from adfw.synthetic.defects import paste

if TYPE_CHECKING:
    from adfw.synthetic.settings import SyntheticDefects

PREFIX = "synthetic "
"""What every pasted defect's type begins with, so that none is taken for a real one."""


class PastedDefects(Sequence[Sample]):
    """`per_image` samples for each of the given normal ones, labelled 1, with masks.

    What an image gets depends on the seed, its id and its number alone, not on the order or on the other images.
    """

    def __init__(self, normal: Sequence[Sample], settings: SyntheticDefects, seed: int) -> None:
        self.normal, self.settings, self.seed = normal, settings, seed

    def __len__(self) -> int:
        return len(self.normal) * self.settings.per_image

    @overload
    def __getitem__(self, index: int) -> Sample: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[Sample]: ...
    def __getitem__(self, index: int | slice) -> Sample | Sequence[Sample]:
        if isinstance(index, slice):
            return [self[place] for place in range(*index.indices(len(self)))]
        place, number = divmod(range(len(self))[index], self.settings.per_image)
        kinds = self.settings.kinds
        kind = kinds[(place * self.settings.per_image + number) % len(kinds)]
        sample = self.normal[place]
        digest = sha256(f"{self.seed}/{number}/{kind}/{sample.id}".encode()).digest()
        random = np.random.default_rng(np.frombuffer(digest, dtype=np.uint32))
        made = paste(sample.image.numpy(), kind, self.settings, random)
        name = f"{sample.id}#synthetic-{kind}-{number}"
        image, mask = torch.from_numpy(made.image), torch.from_numpy(made.mask)
        return replace(sample, id=name, image=image, label=1, defect=PREFIX + kind, mask=mask, path=None)
