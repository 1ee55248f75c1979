"""The learning rate's schedule: it falls where the watched loss stands still, down to a floor, and then ends."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from adfw.training.settings import TrainingSettings

THRESHOLD = 1e-4
"""Share of the best loss that counts as an improvement; torch's default."""
SMALLEST_STEP = 1e-8
"""Steps of the learning rate below this are not taken; torch's default."""


@dataclass(frozen=True, slots=True)
class Plateau:
    """The state of the schedule after some epochs: plain numbers, decided as torch's ReduceLROnPlateau does.

    Unlike torch's, it ends once `patience` epochs at the floor brought no improvement.
    """

    lr: float
    best: float | None = None
    bad_epochs: int = 0
    ended: bool = False

    def after(self, loss: float, settings: TrainingSettings) -> Plateau:
        """Return the state after one more epoch with this finite `loss`."""
        if self.best is None or loss < self.best * (1 - THRESHOLD):
            return replace(self, best=loss, bad_epochs=0)
        if self.bad_epochs < settings.patience:
            return replace(self, bad_epochs=self.bad_epochs + 1)
        lower = max(self.lr * settings.factor, settings.min_lr)
        if self.lr - lower > SMALLEST_STEP:
            return replace(self, lr=lower, bad_epochs=0)
        return replace(self, bad_epochs=0, ended=True)
