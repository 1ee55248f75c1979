"""What making a detector from another one takes: to find it, to record the step, to put the result in its place."""

from __future__ import annotations

import shutil
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from adfw.errors import DetectorError
from adfw.json_files import read_json, write_json
from adfw.run_folder import RunFolder

if TYPE_CHECKING:
    from adfw.store_interface import Store

LINEAGE = "lineage.json"


class Origin(NamedTuple):
    """The folder of the detector to start from; `name` is its model's in the registry, "" for a folder or a run."""

    folder: Path
    name: str


def find_origin(detector: Path | str, registry: Store | None) -> Origin:
    """Find a detector by a reference, its folder or its run's; raises RegistryError for an unknown reference."""
    path, name = Path(detector), ""
    if isinstance(detector, str) and not path.is_dir():
        from adfw.registry.loading import package_of
        from adfw.registry.names import Reference

        path = package_of(detector, registry)
        name = "" if path == Path(detector) else Reference.parse(detector).name
    run = RunFolder(path)
    return Origin(run.detector if run.document.is_file() else path, name)


def add_step(folder: Path, what: str, parent: str, details: dict[str, Any]) -> None:
    """Add a step to the lineage of a folder made from the detector of the digest `parent`."""
    path = folder / LINEAGE
    lineage = read_json(path) if path.is_file() else {}
    now = datetime.now(UTC).isoformat(timespec="seconds")
    step = {"what": what, "when": now, "parent": parent, **details}
    write_json(path, lineage | {"parents": [parent], "steps": [*lineage.get("steps", []), step]})


def require_free(target: Path) -> None:
    """Raise DetectorError where something is there already."""
    if target.exists():
        raise DetectorError(f"{target}: already exists and is never overwritten; choose another --out")


def put_in_place(made: Path, target: Path) -> None:
    """Copy a finished folder to where it was asked for, whole or not at all; raises DetectorError."""
    require_free(target)
    staged = target.with_name(f".{target.name}.tmp")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copytree(made, staged)
        staged.rename(target)
    except OSError as error:
        shutil.rmtree(staged, ignore_errors=True)
        raise DetectorError(f"{target}: cannot be written ({error.strerror}); choose another --out") from error
