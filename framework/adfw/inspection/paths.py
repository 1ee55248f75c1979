"""Which files an inspection means: files, folders with all below them, patterns, and lists on standard input."""

from __future__ import annotations

import glob
import os
from pathlib import Path
from typing import TYPE_CHECKING

from adfw.errors import DatasetError
from adfw.images.formats import list_images

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

STANDARD_INPUT = "-"


def expand(words: Iterable[str], listed: Iterable[str] = ()) -> Iterator[Path]:
    """Yield the files that words mean, in their order; a folder's images come sorted, "-" stands for lines of `listed`.

    A file that does not exist is yielded all the same, so that it gets a row of its own. Raises DatasetError for a
    folder without images and a pattern that matches nothing.
    """
    for word in words:
        if word == STANDARD_INPUT:
            yield from (Path(line) for line in map(_without_end, listed) if line)
        else:
            yield from _files(word)


def _files(word: str) -> Iterator[Path]:
    path = Path(word)
    if path.is_dir():
        yield from _below(path)
    elif not path.exists() and glob.has_magic(word):
        found = sorted(glob.glob(word, recursive=True))
        if not found:
            raise DatasetError(f"{word}: matches no file; correct the pattern")
        for match in map(Path, found):
            yield from _below(match) if match.is_dir() else [match]
    else:
        yield path


def _below(folder: Path) -> Iterator[Path]:
    """Yield the images of a folder and of all folders below it; raises DatasetError if there are none."""
    empty = True
    for place, names, _ in os.walk(folder):
        names[:] = sorted(name for name in names if not name.startswith("."))
        for path in list_images(Path(place)):
            empty = False
            yield path
    if empty:
        raise DatasetError(f"{folder}: holds no images (PNG, JPEG, BMP, TIFF or WebP); correct the path")


def _without_end(line: str) -> str:
    return line.rstrip("\r\n")
