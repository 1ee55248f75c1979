"""Which training images are learnt from, and which are held out to tell when learning stands still."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, NamedTuple

import torch

from adfw.errors import TrainingError

if TYPE_CHECKING:
    from collections.abc import Sequence


class Parts(NamedTuple):
    """Positions of samples: those the gradient sees, and those it never sees."""

    train: list[int]
    validation: list[int]

    def order(self, seed: int, epoch: int) -> list[int]:
        """Return the training positions in the order of one epoch, the same whenever it is asked for."""
        generator = torch.Generator().manual_seed(epoch_seed(seed, epoch))
        return [self.train[i] for i in torch.randperm(len(self.train), generator=generator).tolist()]


def hold_out(ids: Sequence[str], share: float) -> Parts:
    """Hold out `share` of the samples, at least one, chosen by a hash of the id alone: alike on every machine.

    Raises TrainingError where nothing would be left to learn from.
    """
    if not ids:
        raise TrainingError("the training part holds no image; check dataset.root and the share for calibration")
    count = max(1, round(share * len(ids))) if share > 0 else 0
    if count >= len(ids):
        raise TrainingError(
            f"{len(ids)} training image(s) and validation_share {share:g} leave none to learn from; "
            "add images, or set model.training.validation_share to 0"
        )
    ranked = sorted(range(len(ids)), key=lambda i: hashlib.sha256(ids[i].encode()).digest())
    held = set(ranked[:count])
    return Parts([i for i in range(len(ids)) if i not in held], sorted(held))


def epoch_seed(seed: int, epoch: int) -> int:
    """Return a 63-bit seed of one epoch, so that nothing but (seed, epoch) has to be kept to resume."""
    digest = hashlib.sha256(f"{seed}:{epoch}".encode()).digest()
    return int.from_bytes(digest[:8], "big") >> 1
