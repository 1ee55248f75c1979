"""From a reference to a detector that is ready to inspect."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from adfw.detector_folder import read_detector
from adfw.manifest import read_manifest
from adfw.registry.names import Reference
from adfw.registry.store import Registry

if TYPE_CHECKING:
    from adfw.catalog import Catalog
    from adfw.detector import Detector


def load_detector(
    detector: Path | str,
    *,
    registry: Registry | None = None,
    catalog: Catalog | None = None,
    device: str = "cpu",
) -> Detector:
    """Load `name`, `name:7`, `name@champion` or `name@sha256:...` from the registry, or a detector's folder.

    Text with a slash is a folder. Every byte is checked before use; needs no network and runs no code from the
    package. Raises RegistryError for an unknown reference, DetectorError for a damaged package or a plugin that is not
    installed.
    """
    return read_detector(locate(detector, registry).folder, catalog=catalog, device=device)


class Located(NamedTuple):
    """Where a detector's package lies, and what a record names it by: version and digest, or the digest of a folder."""

    folder: Path
    title: str


def locate(detector: Path | str, registry: Registry | None = None) -> Located:
    """Find the package that a path, or a reference at this moment, means; raises RegistryError or DetectorError."""
    if isinstance(detector, Path) or "/" in detector or "\\" in detector or detector in {".", ".."}:
        return Located(Path(detector), read_manifest(Path(detector))[1])
    registry = Registry() if registry is None else registry
    version = registry.resolve(Reference.parse(detector))
    return Located(registry.folder(version), f"{version} {version.digest}")


def package_of(detector: Path | str, registry: Registry | None = None) -> Path:
    """Return the folder that a reference or a path means; raises RegistryError for an unknown reference."""
    return locate(detector, registry).folder
