"""From a reference to a detector that is ready to inspect."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from adfw.detector_folder import read_detector
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
    return read_detector(package_of(detector, registry), catalog=catalog, device=device)


def package_of(detector: Path | str, registry: Registry | None = None) -> Path:
    """Return the folder that a reference or a path means; raises RegistryError for an unknown reference."""
    if isinstance(detector, Path) or "/" in detector or "\\" in detector or detector in {".", ".."}:
        return Path(detector)
    registry = Registry() if registry is None else registry
    return registry.folder(registry.resolve(Reference.parse(detector)))
