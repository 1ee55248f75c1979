"""The list of a folder's files with size and SHA-256, by which damage and tampering are found."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, Any

from adfw.errors import DetectorError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

NAME = "manifest.json"
FORMAT = "adfw-package/1"


def write_manifest(folder: Path) -> str:
    """List every file below a folder in its `manifest.json` and return the digest, "sha256:" and 64 hex digits.

    The digest is that of the canonical JSON of the list, so it names the content of the whole folder. Raises
    DetectorError for anything but regular files and folders.
    """
    files = {name: {"size": path.stat().st_size, "sha256": hash_file(path)} for name, path in _files(folder).items()}
    (folder / NAME).write_bytes(_rendered(files))
    return digest_of(files)


def verify_manifest(folder: Path) -> str:
    """Hash every file again and return the digest; raises DetectorError that names the damaged file."""
    files, digest = read_manifest(folder)
    present = _files(folder)
    for name in sorted(files.keys() | present.keys()):
        if name not in present:
            raise DetectorError(f"{folder}: {name} is missing; take an undamaged copy")
        if name not in files:
            raise DetectorError(f"{folder}: {name} is not in {NAME}; remove it or take an undamaged copy")
        size = present[name].stat().st_size
        if size != files[name].get("size") or hash_file(present[name]) != files[name].get("sha256"):
            raise DetectorError(f"{folder}: {name} is damaged, its SHA-256 differs; take an undamaged copy")
    return digest


def read_manifest(folder: Path) -> tuple[dict[str, dict[str, Any]], str]:
    """Return the listed files and their digest; raises DetectorError where one byte of the list is wrong."""
    path = folder / NAME
    try:
        content = path.read_bytes()
        files = json.loads(content)["files"]
        sound = content == _rendered(files) and all(isinstance(entry, dict) for entry in files.values())
    except FileNotFoundError:
        raise DetectorError(f"{folder}: there is no {NAME}, so this is no saved detector") from None
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise DetectorError(f"{path} cannot be read ({error}); take an undamaged copy") from error
    if not sound:
        raise DetectorError(f"{path} is damaged or of another format than {FORMAT}; take an undamaged copy")
    return files, digest_of(files)


def digest_of(files: Mapping[str, Mapping[str, Any]]) -> str:
    """Return the digest of a list of files."""
    text = json.dumps(files, sort_keys=True, separators=(",", ":"), ensure_ascii=True)
    return f"sha256:{hashlib.sha256(text.encode()).hexdigest()}"


def hash_file(path: Path) -> str:
    """Return the SHA-256 of a file's content, 64 hex digits."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _rendered(files: Mapping[str, Mapping[str, Any]]) -> bytes:
    """Return the one text that lists these files; any other bytes are damage."""
    document = {"format": FORMAT, "files": files, "digest": digest_of(files)}
    return (json.dumps(document, indent=1, sort_keys=True) + "\n").encode()


def _files(folder: Path) -> dict[str, Path]:
    """Return every file below a folder but the manifest, by its relative path with forward slashes."""
    found = {}
    for path in sorted(folder.rglob("*")):
        name = path.relative_to(folder).as_posix()
        if path.is_symlink() or not (path.is_dir() or path.is_file()):
            raise DetectorError(f"{folder}: {name} is no regular file; a saved detector holds nothing else")
        if path.is_file() and name != NAME:
            found[name] = path
    return found
