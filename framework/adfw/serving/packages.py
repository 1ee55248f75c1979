"""Which package a reference means at this moment, without loading it."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from adfw.manifest import read_manifest
from adfw.registry.names import Reference

if TYPE_CHECKING:
    from adfw.registry.store import Registry


class Package(NamedTuple):
    """A detector to load; `version` is None for a folder that is in no registry, `created` "" there."""

    name: str
    version: int | None
    digest: str
    folder: Path
    created: str = ""

    def __str__(self) -> str:
        return self.name if self.version is None else f"{self.name}:{self.version}"


def find_package(reference: str, registry: Registry) -> Package:
    """Resolve a reference, or a folder's path; raises RegistryError or DetectorError."""
    if is_folder(reference):
        folder = Path(reference)
        name = re.sub(r"[^A-Za-z0-9_.-]+", "-", folder.resolve().name).strip("-.")
        return Package(name[:64] or "detector", None, read_manifest(folder)[1], folder)
    version = registry.resolve(Reference.parse(reference))
    return Package(version.name, version.number, version.digest, registry.folder(version), version.created)


def is_folder(reference: str) -> bool:
    """Tell a path from a name in the registry: as everywhere, text with a slash is a folder."""
    return "/" in reference or "\\" in reference or reference in {".", ".."}


def alias_of(reference: str) -> tuple[str, str] | None:
    """Return (name, alias) where the reference is an alias that can move."""
    if is_folder(reference):
        return None
    parsed = Reference.parse(reference)
    return None if parsed.alias is None else (parsed.name, parsed.alias)
