"""The list of plugins that may be loaded, for plants that must freeze them: by distribution, version and content.

[plugins.allow]
adfw = {version = "0.1.0", digest = "sha256:..."}
adfw-large-spots = {version = "0.2.0", digest = "sha256:..."}
"""

from __future__ import annotations

import os
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING

from packaging.utils import canonicalize_name
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from adfw.errors import PluginError
from adfw.installed_files import foreign_origin, installed_digest, is_editable

if TYPE_CHECKING:
    from collections.abc import Iterable
    from importlib.metadata import EntryPoint

FILE, VARIABLE = "adfw.toml", "ADFW_PLUGINS_ALLOW"
RENEW = "find out why, then renew the list with `adfw plugins freeze`"


class Permit(BaseModel):
    """What of a distribution may be loaded: a version with the digest of its files, or an editable install of it."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    version: str
    digest: str | None = Field(None, pattern=r"^sha256:[0-9a-f]{64}$")
    editable: bool = False

    @model_validator(mode="after")
    def _one_of_two(self) -> Permit:
        if (self.digest is None) != self.editable:
            raise ValueError("write either digest or editable = true")
        return self


class _Plugins(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    allow: dict[str, Permit]


class _Settings(BaseModel):
    """The whole file: a key it does not know is refused, since a misspelt list would allow everything."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    plugins: _Plugins


class AllowList:
    """The distributions that may be loaded, and the file that says so."""

    def __init__(self, place: Path, permits: dict[str, Permit]) -> None:
        self.place, self.permits = place, permits

    @classmethod
    def in_force(cls) -> AllowList | None:
        """Read the file that ADFW_PLUGINS_ALLOW names, or else `adfw.toml` here; None where there is neither.

        Raises PluginError for a file that cannot be read or understood: then nothing is loaded.
        """
        named = os.environ.get(VARIABLE)
        if named is None:
            return cls.read(Path(FILE)) if os.path.lexists(FILE) else None
        if not named:
            raise PluginError(f"{VARIABLE} is empty; let it name the allow-list, or unset it")
        return cls.read(Path(named))

    @classmethod
    def read(cls, place: Path) -> AllowList:
        """Read one list; raises PluginError as `in_force` does."""
        try:
            permits = _Settings.model_validate(tomllib.loads(place.read_text(encoding="utf-8"))).plugins.allow
        except (OSError, ValueError) as error:
            raise PluginError(f"{place}: {_reason(error)}; without a readable allow-list no plugin is loaded") from None
        names = {str(canonicalize_name(name)): permit for name, permit in permits.items()}
        if len(names) < len(permits):
            raise PluginError(f"{place}: lists a distribution twice, in two spellings; keep one of them")
        return cls(place, names)

    def objections(self, points: Iterable[EntryPoint]) -> list[str]:
        """Return why each entry point may not be loaded, "" where it may; nothing of a plugin is imported."""
        seen: dict[str, str] = {}
        return [self._objection(point, seen) for point in points]

    def _objection(self, point: EntryPoint, seen: dict[str, str]) -> str:
        distribution = point.dist
        if distribution is None:
            return "it belongs to no distribution"
        name = str(canonicalize_name(distribution.name))
        permit = self.permits.get(name)
        if permit is None:
            return f"{self.place} does not list {name}"
        try:
            if name not in seen:  # adfw alone has a dozen entry points
                seen[name] = self._difference(point, permit)
            if seen[name] or permit.editable:
                return seen[name]
            other = foreign_origin(point, distribution)
        except PluginError as error:
            return str(error)
        return f"it would be imported from {other}, which is no file of {name}" if other else ""

    def _difference(self, point: EntryPoint, permit: Permit) -> str:
        """Say how what is installed differs from what is listed."""
        distribution = point.dist
        assert distribution is not None
        if distribution.version != permit.version:
            return f"{self.place} lists version {permit.version}; {RENEW}"
        if is_editable(distribution) != permit.editable:
            now, listed = ("editable", "the digest of files") if permit.digest else ("as files", "an editable install")
            return f"it is installed {now}, {self.place} lists {listed}; {RENEW}"
        if permit.editable:
            return ""
        digest = installed_digest(distribution)
        return "" if digest == permit.digest else f"its files are not those that {self.place} lists ({digest}); {RENEW}"


def _reason(error: OSError | ValueError) -> str:
    if isinstance(error, ValidationError):
        return "; ".join(f"{'.'.join(map(str, fault['loc']))}: {fault['msg']}" for fault in error.errors())
    if isinstance(error, OSError):
        return f"cannot be read ({error.strerror})"
    return f"is not TOML ({error})"
