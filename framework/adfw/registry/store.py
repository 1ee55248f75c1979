"""The registry: detectors published as versions nobody can change, found by name, number, alias or digest."""

from __future__ import annotations

import getpass
import json
import os
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from adfw.errors import DetectorError, RegistryError
from adfw.json_files import read_json
from adfw.manifest import read_manifest
from adfw.registry import aliases
from adfw.registry.blobs import blob_folder, copy_package, keep, staging
from adfw.registry.database import reading, writing
from adfw.registry.location import refuse_network, registry_root
from adfw.registry.names import Reference, check_name
from adfw.registry.rows import find, models, newest_with, version_of, versions
from adfw.store_interface import Store
from adfw.traits import StoreTraits

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Mapping
    from pathlib import Path

    from adfw.registry.records import AliasChange, ModelRecord, Version
    from adfw.store_interface import Expected

SUMMARY = "metrics.json"
COLUMNS = "name, number, digest, created, author, size, summary"


class Registry(Store):
    """A folder with a database and packages; every call opens the database anew, so processes and threads may share it.

    `root` is ADFW_HOME/registry, or the platform's folder for data of users, if none is given.
    """

    traits = StoreTraits(compare_and_swap=True, concurrent=True)

    def __init__(self, root: Path | None = None) -> None:
        self.root = registry_root() if root is None else root

    def publish(self, package: Path, name: str) -> Version:
        """Copy a package into the registry as the next version of a model.

        The version exists once its row is committed; before that, a crash leaves at most files that `gc` removes.
        Raises DetectorError for a damaged package and RegistryError where the registry cannot be written.
        """
        check_name(name)
        read_manifest(package)
        refuse_network(self.root)
        try:
            with staging(self.root) as folder:
                staged = folder / "package"
                staged.mkdir()
                digest, size = copy_package(package, staged)
                return self.adopt(staged, name, digest, size)
        except OSError as error:
            reason = f"{error.strerror}; nothing was published"
            raise RegistryError(f"{self.root}: cannot be written ({reason}); set ADFW_HOME elsewhere") from error

    def adopt(self, staged: Path, name: str, digest: str, size: int) -> Version:
        """Publish a complete package that lies in the registry's staging folder."""
        summary = _summary(staged)
        place = keep(self.root, staged, digest)
        with writing(self.root) as database:
            if not place.exists():
                raise RegistryError(f"{place}: was removed by `gc` while it was published; publish again")
            number = _next_number(database, name)
            row = (name, number, digest, _now(), _user(), size, json.dumps(summary, sort_keys=True))
            database.execute(f"INSERT INTO versions ({COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?)", row)
            return version_of(database, name, number)

    def models(self) -> list[ModelRecord]:
        """Return all models by name."""
        with reading(self.root) as database:
            return models(database)

    def versions(self, name: str) -> list[Version]:
        """Return the versions of a model, the newest first; raises RegistryError for an unknown model."""
        with reading(self.root) as database:
            return versions(database, check_name(name))

    def resolve(self, reference: Reference | str) -> Version:
        """Return the version that a reference means at this moment; raises RegistryError if there is none."""
        reference = Reference.parse(reference) if isinstance(reference, str) else reference
        with reading(self.root) as database:
            return find(database, reference)

    def with_digest(self, name: str, digest: str) -> Version | None:
        """Return the newest version of a model with this content, yanked or not."""
        with reading(self.root) as database:
            return newest_with(database, name, digest)

    def folder(self, version: Version) -> Path:
        """Return the folder of a version's package, to be read only.

        Raises DetectorError where the package is missing or its manifest is not the one that was published; whoever
        reads the files checks them against the manifest.
        """
        place = blob_folder(self.root, version.digest)
        if not place.is_dir():
            raise DetectorError(f"{version}: its package {place} is missing; import it again from a copy")
        if read_manifest(place)[1] != version.digest:
            raise DetectorError(f"{version}: the manifest in {place} is not the published one; import a copy")
        return place

    def fetch(self, version: Version, folder: Path) -> None:
        """Copy a version's package into an empty folder; raises DetectorError for a damaged one."""
        copy_package(self.folder(version), folder)

    def yank(self, version: Version, why: str) -> None:
        """Mark a version as no longer to be used; it stays, but only its number or digest still finds it.

        Raises RegistryError while an alias points at it, or without a reason.
        """
        if not why.strip():
            raise RegistryError(f"{version}: say why it must no longer be used")
        with writing(self.root) as database:
            current = version_of(database, version.name, version.number)
            if current.aliases:
                raise RegistryError(f"{version}: {', '.join(current.aliases)} points at it; move the alias first")
            change = "UPDATE versions SET yanked = ? WHERE name = ? AND number = ?"
            database.execute(change, (why, version.name, version.number))

    def set_alias(self, version: Version, alias: str, *, why: str = "", expect: Expected = "any") -> None:
        """Point an alias at a version.

        With `expect`, only if it points at that version number now, or at nothing for None; raises RegistryError
        otherwise.
        """
        with writing(self.root) as database:
            aliases.set_alias(database, version, alias, aliases.Signature(_user(), _now(), why), expect)

    def remove_alias(self, name: str, alias: str, *, why: str = "") -> None:
        """Remove an alias; its history stays. Raises RegistryError if there is none."""
        with writing(self.root) as database:
            aliases.remove_alias(database, name, alias, aliases.Signature(_user(), _now(), why))

    def rollback(self, name: str, alias: str, *, why: str = "") -> Version:
        """Point an alias at the version it had before; raises RegistryError if there is none."""
        with writing(self.root) as database:
            return aliases.rollback(database, name, alias, aliases.Signature(_user(), _now(), why))

    def history(self, name: str, alias: str | None = None) -> list[AliasChange]:
        """Return the changes of a model's aliases, or of one of them, the oldest first."""
        with reading(self.root) as database:
            return aliases.history(database, check_name(name), alias)


def _next_number(database: sqlite3.Connection, name: str) -> int:
    other = database.execute("SELECT name FROM models WHERE lower(name) = lower(?)", (name,)).fetchone()
    if other and other[0] != name:
        raise RegistryError(f"{name!r} differs only in case from the model {other[0]!r}; use that name")
    database.execute("INSERT OR IGNORE INTO models (name, last_version) VALUES (?, 0)", (name,))
    change = "UPDATE models SET last_version = last_version + 1 WHERE name = ? RETURNING last_version"
    return int(database.execute(change, (name,)).fetchone()[0])


def _summary(package: Path) -> Mapping[str, Any]:
    """Return what `models list` shows of a package, {} for one without metrics."""
    path = package / SUMMARY
    if not path.is_file():
        return {}
    summary = read_json(path).get("summary", {})
    return summary if isinstance(summary, dict) else {}


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")


def _user() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # a container may run under a number without a name
        return f"uid {os.getuid()}"
