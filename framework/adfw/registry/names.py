"""Names of models, aliases and references to versions: the one place that decides what is allowed."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from adfw.errors import RegistryError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from adfw.registry.records import Version

# ASCII only and matched whole, so that no look-alike, line end, separator or encoded byte is a name
_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,63}", re.ASCII)
_ALIAS = re.compile(r"[a-z][a-z0-9_-]{0,63}", re.ASCII)
_NUMBER = re.compile(r"[1-9][0-9]{0,8}", re.ASCII)
_DIGEST = re.compile(r"sha256:[0-9a-f]{64}", re.ASCII)
_LIKE_A_NUMBER = re.compile(r"v?[0-9]+", re.ASCII)
FORMS = "name, name:7, name@champion or name@sha256:..."


class Reference(NamedTuple):
    """A model's name with a version number, an alias or a digest; with none of them it means the newest version."""

    name: str
    version: int | None = None
    alias: str | None = None
    digest: str | None = None

    @classmethod
    def parse(cls, text: str) -> Reference:
        """Read `name`, `name:7`, `name@champion` or `name@sha256:...`; raises RegistryError for anything else."""
        name, mark, rest = text.partition("@")
        if mark and _DIGEST.fullmatch(rest):
            return cls(check_name(name), digest=rest)
        if mark:
            return cls(check_name(name), alias=check_alias(rest))
        name, mark, rest = text.partition(":")
        if mark and not _NUMBER.fullmatch(rest):
            raise RegistryError(f"{text!r} is no reference to a detector: {rest!r} is no version; allowed: {FORMS}")
        return cls(check_name(name), version=int(rest) if mark else None)

    def among(self, versions: Sequence[Version]) -> Version:
        """Return the one of a model's versions, the newest first, that is meant; raises RegistryError if there is none.

        Without number, alias or digest it is the newest that is not yanked; of one digest it is the newest.
        """
        for one in versions:
            if self.version is not None:
                meant = one.number == self.version
            elif self.digest is not None:
                meant = one.digest == self.digest
            else:
                meant = self.alias in one.aliases if self.alias is not None else not one.yanked
            if meant:
                return one
        known = ", ".join(sorted({alias for one in versions for alias in one.aliases}))
        there = f"the newest is {versions[0]}" if versions else "it has no versions"
        raise RegistryError(f"there is no {self}; {there}, and its aliases are: {known or 'none'}")

    def __str__(self) -> str:
        if self.version is not None:
            return f"{self.name}:{self.version}"
        mark = self.alias if self.alias is not None else self.digest
        return self.name if mark is None else f"{self.name}@{mark}"


def check_name(name: str) -> str:
    """Return a model's name; raises RegistryError for what is none."""
    if not _NAME.fullmatch(name):
        raise RegistryError(
            f"{name!r} is no model's name; allowed: a letter, digit or _, then up to 63 of a-z A-Z 0-9 _ . -"
        )
    return name


def check_alias(alias: str) -> str:
    """Return an alias; raises RegistryError for what is none or could be taken for a version."""
    if not _ALIAS.fullmatch(alias) or _LIKE_A_NUMBER.fullmatch(alias) or alias == "latest":
        raise RegistryError(
            f"{alias!r} is no alias; allowed: a-z, then up to 63 of a-z 0-9 _ -, not a version number, not 'latest'"
        )
    return alias


def check_digest(digest: str) -> str:
    """Return a digest, "sha256:" and 64 hex digits; raises RegistryError for anything else."""
    if not _DIGEST.fullmatch(digest):
        raise RegistryError(f"{digest!r} is no digest; it is sha256: and 64 of 0-9 a-f")
    return digest
