"""Inspecting any number of image files in constant memory; names are imported when they are first used."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from adfw.inspection.findings import Finding, Region
    from adfw.inspection.stream import InspectionOptions, inspect_files

__all__ = ["Finding", "InspectionOptions", "Region", "inspect_files"]

_HOME = {"Finding": "findings", "Region": "findings", "InspectionOptions": "stream", "inspect_files": "stream"}


def __getattr__(name: str) -> object:
    if name not in _HOME:
        raise AttributeError(f"module 'adfw.inspection' has no attribute {name!r}")
    value = getattr(import_module(f"adfw.inspection.{_HOME[name]}"), name)
    globals()[name] = value
    return value
