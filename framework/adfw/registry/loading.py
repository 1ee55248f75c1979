"""From a reference to a detector that is ready to inspect."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from adfw.detector_folder import read_detector
from adfw.manifest import read_manifest
from adfw.registry.names import Reference
from adfw.registry.opening import open_store, package_folder

if TYPE_CHECKING:
    from adfw.catalog import Catalog
    from adfw.detector import Detector
    from adfw.store_interface import Store


def load_detector(
    detector: Path | str,
    *,
    registry: Store | None = None,
    catalog: Catalog | None = None,
    device: str = "cpu",
) -> Detector:
    """Load `name`, `name:7`, `name@champion` or `name@sha256:...` from a store, or a detector's folder.

    Text with a slash is a folder; the store is the registry of this machine, or what ADFW_STORE names. Every byte is
    checked before use; no code from the package is run, and no network needed but by the store. Raises RegistryError
    for an unknown reference, DetectorError for a damaged package or a plugin that is not installed.
    """
    return read_detector(locate(detector, registry).folder, catalog=catalog, device=device)


class Located(NamedTuple):
    """Where a detector's package lies, and what a record names it by: version and digest, or the digest of a folder."""

    folder: Path
    title: str


def locate(detector: Path | str, registry: Store | None = None) -> Located:
    """Find the package that a path, or a reference at this moment, means; raises RegistryError or DetectorError."""
    if isinstance(detector, Path) or "/" in detector or "\\" in detector or detector in {".", ".."}:
        return Located(Path(detector), read_manifest(Path(detector))[1])
    registry = open_store() if registry is None else registry
    version = registry.resolve(Reference.parse(detector))
    return Located(package_folder(registry, version), f"{version} {version.digest}")


def package_of(detector: Path | str, registry: Store | None = None) -> Path:
    """Return the folder that a reference or a path means; raises RegistryError for an unknown reference."""
    return locate(detector, registry).folder
