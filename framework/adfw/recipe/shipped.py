"""The recipes that ship with `adfw`."""

from __future__ import annotations

from pathlib import Path


def shipped_recipes() -> dict[str, Path]:
    """Return the shipped recipes by name, from the installed package or, in a clone, from its folder `recipes`."""
    here = Path(__file__).resolve()
    installed = here.parent / "shipped"
    clone = here.parents[3] / "recipes"
    folder = installed if installed.is_dir() else clone
    return {path.stem: path for path in sorted(folder.glob("*.yaml"))}
