"""The contract of stores, in which trained detectors outlive their runs; nothing else."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, Literal

from adfw.traits import StoreTraits

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from adfw.registry.names import Reference
    from adfw.registry.records import ModelRecord, Version

Expected = int | Literal["any"] | None
"""Where an alias has to point now: at a version's number, at nothing (None), or anywhere."""


class Store(ABC):
    """Keeps trained detectors: packages, published as versions 1, 2, 3 of a model that never change, and aliases.

    A package is a folder whose `manifest.json` lists its files; its digest names the whole content. Every method
    raises RegistryError where the store cannot be reached or refuses.
    """

    traits: StoreTraits = StoreTraits()
    """What holds beyond that; `adfw plugins check` tries what is declared, and hints at what seems to hold."""

    @abstractmethod
    def publish(self, package: Path, name: str) -> Version:
        """Keep a copy of a package as the next version of a model; raises DetectorError for a damaged one."""

    @abstractmethod
    def fetch(self, version: Version, folder: Path) -> None:
        """Write a version's package into an empty folder; whoever asks checks every byte against the digest."""

    @abstractmethod
    def models(self) -> Sequence[ModelRecord]:
        """Return all models by name."""

    @abstractmethod
    def versions(self, name: str) -> Sequence[Version]:
        """Return a model's versions with their aliases, the newest first; raises RegistryError for an unknown model."""

    @abstractmethod
    def set_alias(self, version: Version, alias: str, *, why: str = "", expect: Expected = "any") -> None:
        """Point an alias at a version; with `expect`, only if it points at that number, or None for nothing, now."""

    @abstractmethod
    def remove_alias(self, name: str, alias: str, *, why: str = "") -> None:
        """Remove an alias; raises RegistryError if there is none."""

    def resolve(self, reference: Reference) -> Version:
        """Return the version that a reference means at this moment; override it where there is a quicker way."""
        return reference.among(self.versions(reference.name))

    def folder(self, version: Version) -> Path | None:  # noqa: ARG002 - for the stores that override this
        """Return where a package already lies on this machine, to be read only; None if it has to be fetched."""
        return None
