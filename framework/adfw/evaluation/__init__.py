"""Image metrics, localisation metrics and their intervals; names are imported when they are first used."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from adfw.evaluation.decisions import classification
    from adfw.evaluation.figure import Figure
    from adfw.evaluation.image_metrics import auroc_difference, ranking, separation
    from adfw.evaluation.intervals import rate
    from adfw.evaluation.localisation import PixelHistogram

__all__ = ["Figure", "PixelHistogram", "auroc_difference", "classification", "ranking", "rate", "separation"]

_HOME = {
    "Figure": "figure",
    "PixelHistogram": "localisation",
    "auroc_difference": "image_metrics",
    "classification": "decisions",
    "ranking": "image_metrics",
    "rate": "intervals",
    "separation": "image_metrics",
}


def __getattr__(name: str) -> object:
    if name not in _HOME:
        raise AttributeError(f"module 'adfw.evaluation' has no attribute {name!r}")
    value = getattr(import_module(f"adfw.evaluation.{_HOME[name]}"), name)
    globals()[name] = value
    return value
