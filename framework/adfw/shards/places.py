"""Files in folders and object stores alike, through fsspec: `folder/x.png`, `s3://bucket/x.png`."""

from __future__ import annotations

import os
import uuid
from itertools import chain
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any

from adfw.errors import DatasetError, RunError
from adfw.images.formats import SUFFIXES
from adfw.inspection.paths import expand

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

# They know no folders; to make one there makes the bucket of a misspelt address
OBJECT_STORES = frozenset({"s3", "s3a", "gs", "gcs", "az", "abfs", "adl", "oci", "oss"})


def is_url(text: str) -> bool:
    """Tell whether a text names a place of an object store, or of another system fsspec knows."""
    return "://" in text


def list_images(words: Iterable[str], listed: Iterable[str] = ()) -> list[str]:
    """Return what words mean, local paths absolute: files, folders with all below, patterns, URLs of the same.

    "-" stands for lines of `listed`. Raises DatasetError for a folder without images, or a pattern that matches none.
    """
    lines = (line.rstrip("\r\n") for line in listed)
    named = chain.from_iterable((line for line in lines if line) if word == "-" else (word,) for word in words)
    found: list[str] = []
    for word in named:
        found += _below(word) if is_url(word) else (os.path.abspath(path) for path in expand([word]))
    return found


def _below(url: str) -> Iterator[str]:
    files, path = _files(url)
    try:
        if any(letter in path for letter in "*?["):
            names = sorted(files.glob(path))
        elif files.isdir(path):
            names = sorted(name for name in files.find(path) if PurePosixPath(name).suffix.lower() in SUFFIXES)
        else:
            return iter([url])
    except OSError as error:
        raise DatasetError(f"{url}: cannot be listed ({error}); check address and rights") from error
    if not names:
        raise DatasetError(f"{url}: holds no images, or matches none; correct the address")
    return (files.unstrip_protocol(name) for name in names)


def read_bytes(place: str, limit: int) -> bytes:
    """Return the content of a URL's file; raises DatasetError where it cannot be read, or is larger than `limit`."""
    try:
        files, path = _files(place)
        if (size := files.size(path)) is not None and size > limit:
            raise DatasetError(f"{place}: {size:,} bytes are more than the limit of {limit:,}; save it smaller")
        content: bytes = files.cat_file(path)
    except OSError as error:
        reason = getattr(error, "strerror", None) or str(error) or type(error).__name__
        raise DatasetError(f"{place}: cannot be read ({reason}); check path and permissions") from error
    return content


def read_text(place: str) -> str | None:
    """Return a small text file, None where there is none."""
    files, path = _files(place)
    try:
        return str(files.cat_file(path).decode("utf-8"))
    except FileNotFoundError:
        return None


def exists(place: str) -> bool:
    """Tell whether there is such a file."""
    files, path = _files(place)
    files.invalidate_cache()
    return bool(files.exists(path))


def write_once(place: str, text: str) -> None:
    """Write a whole file under a temporary name and rename it; raises RunError where that is not possible.

    Whoever looks sees the whole file or none. Object stores rename by copying, which shows whole objects, too.
    """
    files, path = _files(place)
    folder, _, name = path.rpartition("/")
    temporary = f"{folder}/.{name}.{uuid.uuid4().hex}.tmp"
    try:
        if OBJECT_STORES.isdisjoint((files.protocol,) if isinstance(files.protocol, str) else files.protocol):
            files.makedirs(folder, exist_ok=True)
        files.pipe_file(temporary, text.encode("utf-8"))
        if is_url(place):
            files.mv(temporary, path)
        else:
            Path(temporary).replace(path)
    except OSError as error:
        raise RunError(f"{place}: cannot be written ({error}); make room or choose another --out") from error


def _files(place: str) -> tuple[Any, str]:
    """Return fsspec's file system of a place and the path there."""
    import fsspec

    if not is_url(place):
        return fsspec.filesystem("file"), place
    try:
        files, path = fsspec.core.url_to_fs(place)
    except (ImportError, ValueError) as error:
        raise RunError(f"{place}: {error}; for S3 install it with: pip install 'adfw[s3]'") from error
    return files, str(path)
