"""A journal that draws a progress bar with the stage, its figures, the speed and the time left."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Self

from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

from adfw.journal import Journal

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from rich.console import Console


class TerminalJournal(Journal):
    """Shows the stages of a run as they pass; use as a context."""

    def __init__(self, console: Console) -> None:
        super().__init__()
        self._console = console
        self._bar = Progress(
            TextColumn("{task.description}"),
            BarColumn(bar_width=None),
            TextColumn("{task.fields[figures]}"),
            TimeRemainingColumn(),
            TextColumn("left"),
            console=console,
            transient=True,
        )
        self._task = self._bar.add_task("prepare", total=None, figures="")

    def __enter__(self) -> Self:
        self._bar.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._bar.stop()

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        """Start a bar for this stage."""
        self._bar.remove_task(self._task)
        self._task = self._bar.add_task(name, total=None, figures="")
        with super().stage(name):
            yield
        self._console.print(f"{name}: {self.seconds[name]:.1f} s")

    def step(self, done: float, total: float, figures: Mapping[str, float]) -> None:
        """Move the bar."""
        text = "  ".join(f"{name} {value:.4g}" for name, value in figures.items())
        self._bar.update(self._task, completed=done, total=total, figures=text)

    def say(self, sentence: str) -> None:
        """Print a new sentence above the bar."""
        if sentence not in self.sentences:
            self._console.print(sentence)
        super().say(sentence)
