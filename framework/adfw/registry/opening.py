"""Which store a command works on, and getting packages out of it and from one into another."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from adfw.errors import DetectorError, RegistryError
from adfw.manifest import read_manifest, verify_manifest
from adfw.registry.blobs import blob_folder, keep, staging
from adfw.registry.location import registry_root
from adfw.registry.names import Reference
from adfw.registry.store import Registry

if TYPE_CHECKING:
    from adfw.catalog import Catalog
    from adfw.registry.records import Version
    from adfw.store_interface import Store

VARIABLE = "ADFW_STORE"


def open_store(where: str | None = None, *, catalog: Catalog | None = None) -> Store:
    """Return the store that NAME or NAME:URI means, e.g. `mlflow:http://127.0.0.1:5000`.

    Without `where`, ADFW_STORE says it; without that, it is the registry of this machine. Raises PluginError for a
    store that is not installed, RegistryError for one that cannot be configured so.
    """
    text = where if where is not None else os.environ.get(VARIABLE, "")
    if not text:
        return Registry()  # not by way of the catalog, whose discovery would double the time of `adfw models list`
    from pydantic import ValidationError

    from adfw.catalog import Catalog

    name, colon, uri = text.partition(":")
    catalog = Catalog.discover() if catalog is None else catalog
    config = catalog.find("store", name).config
    try:
        store: Store = config.model_validate({"uri": uri} if colon else {}).build()
    except ValidationError as error:
        faults = "; ".join(f"{'.'.join(map(str, fault['loc']))}: {fault['msg']}" for fault in error.errors())
        raise RegistryError(f"the store {text!r} cannot be opened ({faults}); write it as {name}:URI") from error
    return store


def open_registry(where: str | None, verb: str) -> Registry:
    """Return the registry of this machine for what no other store can do; raises RegistryError for another store."""
    store = open_store(where)
    if not isinstance(store, Registry):
        place = where or os.environ.get(VARIABLE)
        raise RegistryError(f"`adfw models {verb}` works on the embedded store only, not on {place}")
    return store


def package_folder(store: Store, version: Version) -> Path:
    """Return the folder of a version's package on this machine, fetched and checked where it lies elsewhere.

    Fetched packages stay in the folder `cache` beside the registry, by their digest; it may be removed at any time.
    """
    place = store.folder(version)
    if place is not None:
        return place
    root = registry_root().with_name("cache")
    place = blob_folder(root, version.digest)
    try:
        if not place.is_dir():
            with staging(root) as folder:
                staged = folder / "package"
                fetch_package(store, version, staged)
                place = keep(root, staged, version.digest)
    except OSError as error:
        raise RegistryError(f"{root}: cannot be written ({error.strerror}); set ADFW_HOME elsewhere") from error
    if read_manifest(place)[1] != version.digest:
        raise DetectorError(f"{version}: the copy in {place} is another one; remove that folder")
    return place


def fetch_package(store: Store, version: Version, folder: Path) -> None:
    """Fetch a package into a new folder and check every byte of it; raises DetectorError for a damaged one."""
    folder.mkdir()
    store.fetch(version, folder)
    found = verify_manifest(folder)
    if found != version.digest:
        raise DetectorError(f"{version}: the store gave a package of {found} for {version.digest}; it was exchanged")


def transfer(source: Store, target: Store, reference: str) -> Version:
    """Publish a version of one store in another, under its name, and return the version it is there.

    Its bytes are checked on the way; where its content is already there, that version is returned. Raises
    RegistryError for a yanked version, DetectorError for a damaged package.
    """
    version = source.resolve(Reference.parse(reference))
    if version.yanked:
        raise RegistryError(f"{version}: is yanked ({version.yanked}); take another version")
    if any(record.name == version.name for record in target.models()):
        for known in target.versions(version.name):
            if known.digest == version.digest:
                return known
    with tempfile.TemporaryDirectory(prefix="adfw-") as place:
        package = Path(place) / "package"
        fetch_package(source, version, package)
        return target.publish(package, version.name)
