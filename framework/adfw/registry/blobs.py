"""Packages on disk, each in a folder named by its digest; they appear whole or not at all and never change."""

from __future__ import annotations

import hashlib
import os
import shutil
import uuid
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import TYPE_CHECKING

from adfw.errors import DetectorError, RegistryError
from adfw.manifest import NAME as MANIFEST
from adfw.manifest import read_manifest
from adfw.registry.names import check_digest

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

CHUNK = 1 << 20
SYNCING = 8


def blob_folder(root: Path, digest: str) -> Path:
    """Return where the package of a digest belongs."""
    digits = check_digest(digest).removeprefix("sha256:")
    return root / "blobs" / "sha256" / digits[:2] / digits


@contextmanager
def staging(root: Path) -> Iterator[Path]:
    """Make a folder on the registry's file system for one package, and remove what is left of it at the end."""
    folder = root / "staging" / uuid.uuid4().hex
    folder.mkdir(parents=True)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def copy_package(source: Path, target: Path) -> tuple[str, int]:
    """Copy a package into an empty folder, hashing on the way; return its digest and size in bytes.

    Raises DetectorError that names the file which does not match the manifest.
    """
    files, digest = read_manifest(source)
    size = 0
    for name, entry in files.items():
        place = target / name
        if not place.resolve().is_relative_to(target.resolve()):
            raise DetectorError(f"{source}: the manifest names {name!r} outside the folder; take an undamaged copy")
        place.parent.mkdir(parents=True, exist_ok=True)
        if _copy(source / name, place) != entry.get("sha256"):
            raise DetectorError(f"{source}: {name} is damaged, its SHA-256 differs; take an undamaged copy")
        size += place.stat().st_size
    shutil.copyfile(source / MANIFEST, target / MANIFEST)
    return digest, size


def keep(root: Path, staged: Path, digest: str) -> Path:
    """Move a complete package to its place, durably; one that is there already stays as it is."""
    place = blob_folder(root, digest)
    if place.exists():
        os.utime(place)  # so that `gc` grants it the grace of a new one
        return place
    _make_durable(staged)
    place.parent.mkdir(parents=True, exist_ok=True)
    try:
        staged.rename(place)
    except OSError:
        if not place.exists():
            raise
        return place  # another process kept the same package meanwhile
    for folder in (place, *(path for path in place.rglob("*") if path.is_dir())):
        folder.chmod(0o555)
    for folder in (place.parent, place.parent.parent, staged.parent):
        _sync(folder)
    return place


def discard(root: Path, place: Path) -> None:
    """Remove a package; it disappears from its place at once and whole."""
    with staging(root) as grave:
        place.chmod(0o755)
        corpse = place.rename(grave / place.name)
        for path in corpse.rglob("*"):
            path.chmod(0o755)


def _copy(source: Path, target: Path) -> str:
    """Copy one file and return its SHA-256; raises DetectorError where there is none."""
    if source.is_symlink() or not source.is_file():
        raise DetectorError(f"{source.parent}: {source.name} is missing; take an undamaged copy")
    digest = hashlib.sha256()
    with source.open("rb") as reader, target.open("xb") as writer:
        while chunk := reader.read(CHUNK):
            digest.update(chunk)
            writer.write(chunk)
    return digest.hexdigest()


def _make_durable(folder: Path) -> None:
    """Write every file and folder through to the disk; files become read-only."""
    paths = [folder, *folder.rglob("*")]
    for path in paths:
        if path.is_file():
            path.chmod(0o444)
    with ThreadPoolExecutor(SYNCING) as pool:
        list(pool.map(_sync, paths))


def _sync(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    except OSError as error:
        raise RegistryError(f"{path}: cannot be written through to the disk ({error.strerror})") from error
    finally:
        os.close(handle)
