"""The files of an installed distribution, the digest that names their content, and where its modules come from."""

from __future__ import annotations

import json
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from adfw.errors import PluginError
from adfw.manifest import digest_of, hash_file

if TYPE_CHECKING:
    from importlib.metadata import Distribution, EntryPoint

OF_THE_INSTALLER = {"RECORD", "INSTALLER", "REQUESTED", "direct_url.json"}
"""Differ between two installations of one wheel."""


def is_editable(distribution: Distribution) -> bool:
    """Tell whether only a pointer is installed, so that what is imported can change at any time."""
    text = distribution.read_text("direct_url.json")
    return bool(json.loads(text).get("dir_info", {}).get("editable")) if text else False


def installed_files(distribution: Distribution) -> dict[str, Path]:
    """Return what may be imported from a distribution, by its place in site-packages.

    These are the files of its RECORD, but for scripts and bytecode, and whatever else lies in its packages. Raises
    PluginError where a file is missing, or none is recorded.
    """
    recorded = {
        file.as_posix(): Path(str(file.locate()))
        for file in distribution.files or ()
        if file.parts[0] != ".." and file.suffix != ".pyc" and not _of_the_installer(file.parts)
    }
    if not recorded:
        raise PluginError("no record of its files is installed; install it again with pip")
    missing = [name for name, path in recorded.items() if not path.is_file()]
    if missing:
        raise PluginError(f"its file {missing[0]} is missing; install it again")
    packages = [path.parent for path in recorded.values() if path.name == "__init__.py"]
    added = {path for folder in packages for path in folder.rglob("*") if path.is_file() and path.suffix != ".pyc"}
    root = Path(str(distribution.locate_file("")))
    return recorded | {path.relative_to(root).as_posix(): path for path in added}


def installed_digest(distribution: Distribution) -> str:
    """Return "sha256:" and 64 hex digits of all installed files; raises PluginError as `installed_files` does."""
    files = installed_files(distribution)
    return digest_of({name: {"size": path.stat().st_size, "sha256": hash_file(path)} for name, path in files.items()})


def foreign_origin(point: EntryPoint, distribution: Distribution) -> str | None:
    """Return the file from which an entry point would be imported, if it is none of its distribution's.

    A folder of the same name further ahead on Python's path would be imported instead of what was checked.
    """
    spec = find_spec(point.module.split(".")[0])
    origin = spec.origin if spec else None
    if origin is None:
        return None  # a namespace, or missing: importing it will tell
    own = {path.resolve() for path in installed_files(distribution).values()}
    return None if Path(origin).resolve() in own else origin


def _of_the_installer(parts: tuple[str, ...]) -> bool:
    return len(parts) == 2 and parts[0].endswith(".dist-info") and parts[1] in OF_THE_INSTALLER
