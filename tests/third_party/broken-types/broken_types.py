from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from adfw import Component, Scorer, hookimpl

if TYPE_CHECKING:
    from pathlib import Path


class TypesConfig(Component[Scorer]):
    """Has a field of a type that only type checkers see."""

    name: Literal["types"] = "types"
    folder: Path

    def build(self):
        return None


@hookimpl
def adfw_scorers():
    return [TypesConfig]
