"""Versions as one tar file, for plants without a network; whatever such a file says is checked before it is kept."""

from __future__ import annotations

import io
import json
import tarfile
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any

from adfw.errors import DetectorError, RegistryError
from adfw.manifest import NAME as MANIFEST
from adfw.manifest import read_manifest, verify_manifest
from adfw.registry.blobs import staging
from adfw.registry.names import check_digest, check_name
from adfw.registry.opening import package_folder

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from adfw.registry.records import Version
    from adfw.registry.store import Registry
    from adfw.store_interface import Store

INDEX = "adfw-detectors.json"
FORMAT = "adfw-detectors/1"
LARGEST_INDEX = 16 << 20
MOST_FILES = 100_000
CHUNK = 1 << 20
RESERVED = {"con", "prn", "aux", "nul", *(f"{port}{number}" for port in ("com", "lpt") for number in range(10))}


def export_versions(store: Store, versions: Sequence[Version], target: Path) -> None:
    """Write versions with their packages into a new tar file; the same versions give the same bytes.

    Raises DetectorError for a damaged package and RegistryError where the file exists or cannot be written.
    """
    entries = [{"name": version.name, "number": version.number, "digest": version.digest} for version in versions]
    index = json.dumps({"format": FORMAT, "versions": entries}, indent=1, sort_keys=True).encode()
    try:
        with target.open("xb") as stream:
            try:
                with tarfile.open(fileobj=stream, mode="w", format=tarfile.PAX_FORMAT) as archive:
                    archive.addfile(_member(INDEX, len(index)), io.BytesIO(index))
                    for digest in sorted({version.digest for version in versions}):
                        _add_package(archive, digest, next(v for v in versions if v.digest == digest), store)
            except BaseException:
                target.unlink()
                raise
    except FileExistsError as error:
        raise RegistryError(f"{target}: already exists and is never overwritten; choose another name") from error
    except OSError as error:
        raise RegistryError(f"{target}: cannot be written ({error.strerror}); choose another place") from error


def import_versions(registry: Registry, source: Path) -> list[Version]:
    """Publish every version of a tar file, in its order, and return the versions as they are here.

    A version whose name and content are already there stays the one it is. Raises RegistryError for a file that is
    no such archive or holds anything but packages, and DetectorError for a damaged package; then nothing is imported.
    """
    try:
        registry.root.mkdir(parents=True, exist_ok=True)
        with staging(registry.root) as folder, tarfile.open(source, mode="r:") as archive:
            wanted = _unpack(archive, folder, source)
            sizes = {digest: _checked(folder / _hex(digest), digest, source) for _, digest in wanted}
            return [_adopt(registry, folder, name, digest, sizes[digest]) for name, digest in wanted]
    except tarfile.TarError as error:
        raise RegistryError(f"{source}: is no archive of `adfw models export`, or is cut short ({error})") from error
    except OSError as error:
        raise RegistryError(f"{source}: cannot be imported ({error.strerror or error})") from error


def _add_package(archive: tarfile.TarFile, digest: str, version: Version, store: Store) -> None:
    folder = package_folder(store, version)
    verify_manifest(folder)
    for name in sorted([*read_manifest(folder)[0], MANIFEST]):
        path = folder / name
        with path.open("rb") as content:
            archive.addfile(_member(f"{_hex(digest)}/{name}", path.stat().st_size), content)


def _member(name: str, size: int) -> tarfile.TarInfo:
    member = tarfile.TarInfo(name)
    member.size, member.mode, member.mtime = size, 0o644, 0
    return member


def _unpack(archive: tarfile.TarFile, folder: Path, source: Path) -> list[tuple[str, str]]:
    """Write the regular files of an archive below a folder and return its index as (name, digest).

    Extracts by hand: `extractall` follows links and, on older Pythons, leaves its folder in spite of its filter.
    """
    first = archive.next()
    if first is None or first.name != INDEX or first.size > LARGEST_INDEX:
        raise RegistryError(f"{source}: is no archive of `adfw models export` (it does not begin with {INDEX})")
    wanted = _index(archive, first, source)
    allowed = {_hex(digest) for _, digest in wanted}
    for count, member in enumerate(iter(archive.next, None)):
        place = _place(member, allowed, source)
        if count >= MOST_FILES:
            raise RegistryError(f"{source}: holds more than {MOST_FILES} files; this is no archive of detectors")
        target = folder / place
        target.parent.mkdir(parents=True, exist_ok=True)
        content = archive.extractfile(member)
        assert content is not None  # `_place` lets only regular files through
        with content, target.open("xb") as writer:
            while chunk := content.read(CHUNK):
                writer.write(chunk)
    return wanted


def _index(archive: tarfile.TarFile, member: tarfile.TarInfo, source: Path) -> list[tuple[str, str]]:
    content = archive.extractfile(member) if member.type in {tarfile.REGTYPE, tarfile.AREGTYPE} else None
    try:
        document: Any = json.loads(content.read()) if content else None
        if document["format"] != FORMAT:
            raise RegistryError(f"{source}: is of the format {document['format']!r}, not {FORMAT}; upgrade adfw")
        return [(check_name(str(e["name"])), check_digest(str(e["digest"]))) for e in document["versions"]]
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise RegistryError(f"{source}: its {INDEX} cannot be read; take an undamaged copy") from error


def _place(member: tarfile.TarInfo, allowed: set[str], source: Path) -> PurePosixPath:
    """Return where a member goes, relative; raises RegistryError for anything but a file below a known package."""
    name = member.name
    parts = name.split("/")
    # Two types only: a link, a device or a sparse file has no business in a package
    sound = member.type in {tarfile.REGTYPE, tarfile.AREGTYPE} and len(parts) > 1 and parts[0] in allowed
    for part in parts:
        stem = part.split(".")[0].rstrip(" ").lower()
        sound &= part not in {"", ".", ".."} and stem not in RESERVED and not part.endswith((" ", "."))
        sound &= part.isprintable() and not any(mark in part for mark in '\\:*?"<>|')
    if not sound:
        raise RegistryError(f"{source}: holds {name!r}, which is no file of a package; take another copy")
    return PurePosixPath(name)


def _checked(package: Path, digest: str, source: Path) -> int:
    """Return a package's size in bytes; raises DetectorError unless it is whole and the one that was announced."""
    if not package.is_dir() or verify_manifest(package) != digest:
        raise DetectorError(f"{source}: the package {digest} is missing or another one; take an undamaged copy")
    return sum(entry["size"] for entry in read_manifest(package)[0].values())


def _adopt(registry: Registry, folder: Path, name: str, digest: str, size: int) -> Version:
    known = registry.with_digest(name, digest)
    return known if known else registry.adopt(folder / _hex(digest), name, digest, size)


def _hex(digest: str) -> str:
    return digest.removeprefix("sha256:")
