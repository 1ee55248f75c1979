"""Looking after a registry: hashing everything again, and removing what no version needs."""

from __future__ import annotations

import shutil
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

from adfw.errors import AdfwError, RegistryError
from adfw.manifest import verify_manifest
from adfw.registry.blobs import discard
from adfw.registry.database import reading, writing
from adfw.registry.opening import fetch_package
from adfw.registry.store import Registry

if TYPE_CHECKING:
    from collections.abc import Iterator

    from adfw.registry.records import Version
    from adfw.store_interface import Store

DAY = 24 * 3600.0


def verify(store: Store, versions: list[Version] | None = None) -> list[str]:
    """Hash the packages of all versions, or of some, again; return a sentence for each fault, none if all is well.

    Packages that lie elsewhere are fetched anew.
    """
    faults = _faults_of_database(store.root) if versions is None and isinstance(store, Registry) else []
    if versions is None:
        versions = [version for model in store.models() for version in store.versions(model.name)]
    checked: dict[str, str] = {}
    for version in versions:
        if version.digest not in checked:
            checked[version.digest] = _fault_of_package(store, version)
        if checked[version.digest]:
            faults.append(f"{version}: {checked[version.digest]}")
    return faults


def gc(registry: Registry, *, grace: float = DAY) -> list[str]:
    """Remove packages that no version names and what crashes left, if older than `grace` seconds.

    Returns what was removed, relative to the registry. The grace protects whoever is publishing at this moment.
    """
    if not registry.root.is_dir():
        return []
    oldest = time.time() - grace
    removed = []
    with writing(registry.root) as database:  # nobody can publish a package while it is removed
        needed = {digest for (digest,) in database.execute("SELECT DISTINCT digest FROM versions")}
        for place in sorted(_packages(registry.root)):
            if f"sha256:{place.name}" not in needed and place.stat().st_mtime <= oldest:
                discard(registry.root, place)
                removed.append(place.relative_to(registry.root).as_posix())
    for left in sorted(_children(registry.root / "staging")):
        if left.stat().st_mtime <= oldest:
            shutil.rmtree(left, ignore_errors=True)
            removed.append(left.relative_to(registry.root).as_posix())
    return removed


def _packages(root: Path) -> Iterator[Path]:
    for shelf in _children(root / "blobs" / "sha256"):
        yield from _children(shelf)


def _children(folder: Path) -> list[Path]:
    return list(folder.iterdir()) if folder.is_dir() else []


def _fault_of_package(store: Store, version: Version) -> str:
    try:
        place = store.folder(version)
        if place is not None:
            verify_manifest(place)
        else:
            with tempfile.TemporaryDirectory(prefix="adfw-") as folder:
                fetch_package(store, version, Path(folder) / "package")
    except AdfwError as error:
        return str(error).removeprefix(f"{version}: ")
    except OSError as error:
        return f"{error.filename} cannot be read ({error.strerror})"
    return ""


def _faults_of_database(root: Path) -> list[str]:
    try:
        with reading(root) as database:
            found = [str(fault) for (fault,) in database.execute("PRAGMA integrity_check")]
            found += [f"a row of {row[0]} refers to nothing" for row in database.execute("PRAGMA foreign_key_check")]
    except RegistryError as error:
        return [str(error)]
    return [f"{root}: {fault}" for fault in found if fault != "ok"]
