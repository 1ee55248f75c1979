"""What images may be used for, as their recipe states it or a licence file beside them does."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

LONGEST = 65_536
# The names by which Creative Commons licences are told, short and long
_SHORT = re.compile(r"\bCC[ -]?(BY(?:-(?:NC|SA|ND))*)[ -]?([1-4]\.[05])", re.IGNORECASE)
_LONG = re.compile(r"(Attribution(?:-NonCommercial)?(?:-ShareAlike|-NoDerivatives)?)\s+([1-4]\.[05])", re.IGNORECASE)
_PARTS = {"attribution": "BY", "noncommercial": "NC", "sharealike": "SA", "noderivatives": "ND"}


def licence_of(folder: Path, stated: str) -> str:
    """Return what the recipe states, else what a licence file in the folder says, else ""."""
    if stated:
        return stated
    for path in sorted(path for path in folder.glob("[Ll][Ii][Cc][Ee][Nn][SsCc][Ee]*") if path.is_file()):
        with path.open(encoding="utf-8", errors="replace") as file:
            return f"{_name(file.read(LONGEST))}, says {path.name} among the images"
    return ""


def _name(text: str) -> str:
    short = _SHORT.search(text)
    if short:
        return f"CC {short[1].upper()} {short[2]}"
    long = _LONG.search(text)
    if long:
        return f"CC {'-'.join(_PARTS[part] for part in long[1].lower().split('-'))} {long[2]}"
    return "terms of its own"
