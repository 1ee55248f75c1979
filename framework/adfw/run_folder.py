"""The folder of one run: made once, never overwritten, locked while a run writes to it."""

from __future__ import annotations

import shutil
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from adfw.errors import RunError

if TYPE_CHECKING:
    from collections.abc import Iterator

RECIPE = "recipe.yaml"
REPORT = "report.json"
LOCK = ".lock"


@dataclass(frozen=True)
class RunFolder:
    """Paths of one run, relative names fixed here and nowhere else."""

    path: Path

    @property
    def recipe(self) -> Path:
        """The resolved recipe (YAML)."""
        return self.path / RECIPE

    @property
    def scores(self) -> Path:
        """The score table of the first scorer (CSV)."""
        return self.path / "scores.csv"

    @property
    def checkpoint(self) -> Path:
        """The state to resume training from."""
        return self.path / "checkpoint"

    @property
    def detector(self) -> Path:
        """The trained detector."""
        return self.path / "detector"

    @property
    def golden(self) -> Path:
        """A few test images with the scores that the detector must always give them."""
        return self.path / "golden"

    @property
    def document(self) -> Path:
        """The report as JSON; a run is finished once it is there."""
        return self.path / REPORT

    @property
    def html(self) -> Path:
        """The report as a page."""
        return self.path / "report.html"

    def discard_detector(self) -> None:
        """Remove what an interrupted run wrote of its detector."""
        if not self.document.exists():
            shutil.rmtree(self.detector, ignore_errors=True)
            shutil.rmtree(self.golden, ignore_errors=True)

    def scores_of(self, index: int) -> Path:
        """Return the score table of one of the scorers, in the recipe's order."""
        return self.scores if index == 0 else self.path / "scores" / f"{index}.csv"

    @classmethod
    def create(cls, path: Path | None, name: str, recipe: str) -> RunFolder:
        """Make a new folder, `runs/NAME-001` or the next free number where no path is given.

        Raises RunError if the path exists or cannot be written.
        """
        try:
            folder = cls(_make(path) if path else _make_numbered(Path("runs"), name))
            folder.recipe.write_text(recipe, encoding="utf-8")
        except OSError as error:
            if path and path.exists():
                raise RunError(f"{path}: already exists and is never overwritten; choose another --out") from error
            raise RunError(f"{path or 'runs'}: cannot be written ({error.strerror}); choose another --out") from error
        return folder

    @classmethod
    def unfinished(cls, path: Path | None, name: str, recipe: str) -> RunFolder:
        """Find the run to resume: the given folder, or the newest unfinished one of the same resolved recipe.

        Raises RunError if there is none, or if the folder belongs to another recipe.
        """
        candidates = [path] if path else sorted(Path("runs").glob(f"{name}-*"), key=_number, reverse=True)
        for candidate in candidates:
            folder = cls(candidate)
            if folder.recipe.is_file() and not folder.document.exists() and _same(folder.recipe, recipe):
                return folder
        where = path or Path("runs") / f"{name}-*"
        raise RunError(f"{where}: no unfinished run of this very recipe to resume; start one without --resume")

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Hold the folder for one writer; raises RunError where another run holds it, or the disk fails or is full."""
        import fcntl

        with (self.path / LOCK).open("w") as stream:
            try:
                fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError as error:
                raise RunError(
                    f"{self.path}: another run is writing here; wait for it or choose another --out"
                ) from error
            try:
                yield
            except OSError as error:
                raise RunError(
                    f"{error.filename or self.path}: {error.strerror or error}; what was finished is kept: "
                    "make room or mend it, then go on with the same line and --resume"
                ) from error
        (self.path / LOCK).unlink(missing_ok=True)


def _same(path: Path, recipe: str) -> bool:
    return path.read_text(encoding="utf-8") == recipe


def _make(path: Path) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.mkdir()
    return path


def _number(path: Path) -> int:
    """Return the number at the end of a run folder's name, 0 where there is none."""
    last = path.name.rsplit("-", 1)[-1]
    return int(last) if last.isdecimal() else 0


def _make_numbered(parent: Path, name: str) -> Path:
    """Make the next free number; `mkdir` decides between two runs that start at the same moment."""
    parent.mkdir(parents=True, exist_ok=True)
    number = max((_number(path) for path in parent.glob(f"{name}-*")), default=0)
    while True:
        number += 1
        try:
            return _make(parent / f"{name}-{number:03d}")
        except FileExistsError:
            continue


def write_atomically(path: Path, text: str) -> None:
    """Write a whole text file or none of it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.tmp")
    temporary.write_text(text, encoding="utf-8")
    temporary.replace(path)
