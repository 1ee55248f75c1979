"""What somebody probably meant."""

from __future__ import annotations

import difflib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable


def nearest(word: str, known: Iterable[str]) -> str | None:
    """Return the known word most like this one, whatever its case, or None if none is like it."""
    by_lower = {other.lower(): other for other in known}
    found = difflib.get_close_matches(word.lower(), by_lower, n=1)
    return by_lower[found[0]] if found else None


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """Return `; did you mean 'x'?`, or "" if no known word is like this one."""
    near = nearest(word, known)
    return f"; did you mean {near!r}?" if near else ""
