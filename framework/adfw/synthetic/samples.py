"""Held-out normal images with pasted defects, as samples: made when they are indexed, the same on every machine."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from hashlib import sha256
from typing import TYPE_CHECKING

import numpy as np
import torch

from adfw.lazy_samples import LazySamples
from adfw.synthetic.defects import paste

if TYPE_CHECKING:
    from collections.abc import Sequence

    from adfw.interfaces import Sample
    from adfw.synthetic.settings import SyntheticDefects

PREFIX = "synthetic "
"""What every pasted defect's type begins with, so that none is taken for a real one."""


def pasted_defects(normal: Sequence[Sample], settings: SyntheticDefects, seed: int) -> Sequence[Sample]:
    """Return `per_image` samples for each of the given normal ones, labelled 1, with masks.

    What an image gets depends on the seed, its id and its number alone, not on the order or on the other images.
    """
    return LazySamples(range(len(normal) * settings.per_image), partial(_pasted, normal, settings, seed))


def _pasted(normal: Sequence[Sample], settings: SyntheticDefects, seed: int, index: int) -> Sample:
    place, number = divmod(index, settings.per_image)
    kind = settings.kinds[index % len(settings.kinds)]
    sample = normal[place]
    digest = sha256(f"{seed}/{number}/{kind}/{sample.id}".encode()).digest()
    random = np.random.default_rng(np.frombuffer(digest, dtype=np.uint32))
    made = paste(sample.image.numpy(), kind, settings, random)
    name = f"{sample.id}#synthetic-{kind}-{number}"
    image, mask = torch.from_numpy(made.image), torch.from_numpy(made.mask)
    return replace(sample, id=name, image=image, label=1, defect=PREFIX + kind, mask=mask, path=None)
