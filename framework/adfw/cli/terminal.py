"""The terminal as verbs print to it."""

from __future__ import annotations

import os
import sys

from rich.console import Console

UNBROKEN = 10_000


def plain_console() -> Console:
    """Return a console that prints text as it is: wrapped in a terminal, a line a row into a pipe or a file."""
    piped = not sys.stdout.isatty() and "COLUMNS" not in os.environ
    return Console(width=UNBROKEN if piped else None, soft_wrap=False, markup=False, highlight=False, emoji=False)
