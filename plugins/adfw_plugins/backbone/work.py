"""How far a fit without epochs is."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from adfw import Progress


class Work:
    """Adds up units of work (images looked at) and shows them."""

    def __init__(self, progress: Progress, total: float) -> None:
        self.progress, self.total, self.done = progress, total, 0.0

    def add(self, amount: float) -> None:
        """Show that `amount` more is done."""
        self.done = min(self.total, self.done + amount)
        self.progress.step(self.done, self.total, {})
