"""The model registry: trained detectors by name, version and alias; names are imported when they are first used.

Not to be confused with the catalog, which lists installed components.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from adfw.registry.names import Reference
    from adfw.registry.records import AliasChange, ModelRecord, Version
    from adfw.registry.store import Registry

__all__ = ["AliasChange", "ModelRecord", "Reference", "Registry", "Version"]

_HOME = {"AliasChange": "records", "ModelRecord": "records", "Reference": "names", "Registry": "store"}
_HOME |= {"Version": "records"}


def __getattr__(name: str) -> object:
    if name not in _HOME:
        raise AttributeError(f"module 'adfw.registry' has no attribute {name!r}")
    value = getattr(import_module(f"adfw.registry.{_HOME[name]}"), name)
    globals()[name] = value
    return value
