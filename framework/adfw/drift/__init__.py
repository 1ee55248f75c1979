"""Whether a stream of scores still looks like the scores a detector was calibrated on; no torch here."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from adfw.drift.monitor import DriftMonitor, DriftReport, find_drift

__all__ = ["DriftMonitor", "DriftReport", "find_drift"]


def __getattr__(name: str) -> object:
    if name not in __all__:
        raise AttributeError(f"module 'adfw.drift' has no attribute {name!r}")
    value = getattr(import_module("adfw.drift.monitor"), name)
    globals()[name] = value
    return value
