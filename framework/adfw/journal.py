"""What a run says on its way: stages with their seconds, training curves, sentences."""

from __future__ import annotations

import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping


class Journal:
    """Keeps what is reported and shows nothing; the command line derives one that draws a progress bar."""

    def __init__(self) -> None:
        self.history: list[dict[str, float]] = []
        self.sentences: list[str] = []
        self.seconds: dict[str, float] = {}

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        """Time one stage of the run, e.g. "fit"."""
        start = time.perf_counter()
        try:
            yield
        finally:
            self.seconds[name] = self.seconds.get(name, 0.0) + time.perf_counter() - start

    def step(self, done: float, total: float, figures: Mapping[str, float]) -> None:
        """Hear that `done` of `total` units of the stage's work are done."""

    def record(self, figures: Mapping[str, float]) -> None:
        """Keep one row of the training curves."""
        self.history.append(dict(figures))

    def say(self, sentence: str) -> None:
        """Keep a sentence for the report."""
        if sentence not in self.sentences:
            self.sentences.append(sentence)
