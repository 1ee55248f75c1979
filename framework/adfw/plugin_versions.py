"""Whether an installed plugin is still the one that something was made with."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING

from packaging.utils import InvalidName, canonicalize_name
from packaging.version import InvalidVersion, Version

if TYPE_CHECKING:
    from adfw.catalog import Source


def version_warning(place: str, distribution: str, made_with: str, source: Source) -> str:
    """Return a sentence where a component is of another distribution, or another major version, than it was made with.

    "" where it is not.
    """
    if distribution != source.distribution:
        get = how_to_get(distribution, made_with)
        return (
            f"{place}: was made with {distribution} {made_with}, and the component now comes from {source}: it may "
            f"calculate otherwise; check the detector anew, or use that distribution{get}"
        )
    if _series(made_with) == _series(source.version):
        return ""
    return (
        f"{place}: was made with {source.distribution} {made_with}, and {source.version} is installed: another major "
        f"version may calculate otherwise; install {source.distribution}=={made_with}, or check the detector anew"
    )


def how_to_get(distribution: str, version: str) -> str:
    """Return the command that installs a distribution, "" for what is none: a package's word is not to be pasted."""
    try:
        wanted = f"{canonicalize_name(distribution, validate=True)}=={Version(version)}"
    except (InvalidName, InvalidVersion):
        return ""
    return f": pip install {shlex.quote(wanted)}"


def _series(version: str) -> tuple[int, ...] | str:
    """Return the numbers up to the first that is not 0, since 0.1 to 0.2 is as large a step as 1 to 2 (semver.org)."""
    try:
        release = Version(version).release
    except InvalidVersion:
        return version
    first = next((index for index, number in enumerate(release) if number), len(release) - 1)
    return release[: first + 1]
