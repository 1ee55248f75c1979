"""The five types of defects, each of varied place, size and strength."""

from __future__ import annotations

from typing import TYPE_CHECKING

from adfw_plugins.datasets.drawing.dents import poke, squeeze
from adfw_plugins.datasets.drawing.lines import crack, scratch
from adfw_plugins.datasets.drawing.misprints import faulty_imprint

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from numpy.random import Generator

    from adfw_plugins.datasets.drawing.scene import Scene
    from adfw_plugins.datasets.drawing.surface import Change, Patch

DEFECTS: Mapping[str, Callable[[Scene, Patch, Generator], Change]] = {
    "crack": crack,
    "faulty_imprint": faulty_imprint,
    "poke": poke,
    "scratch": scratch,
    "squeeze": squeeze,
}
