"""What a version's tags say, in MLflow's words and back."""

from __future__ import annotations

import getpass
import json
import math
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from adfw import Version

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

DIGEST, SIZE, CREATED, AUTHOR, SUMMARY = (f"adfw.{name}" for name in ("digest", "size", "created", "author", "summary"))
SHOWN = ("dataset", "model", "scorer", "strategy", "threshold")


def version_tags(package: Path, digest: str, size: int) -> dict[str, str]:
    """Return the tags of a package's version: what reading it back takes, and what tells versions apart in MLflow."""
    summary = _metrics(package).get("summary", {})
    shown = {f"adfw.{name}": str(summary[name]) for name in SHOWN if summary.get(name) is not None}
    return shown | {
        DIGEST: digest,
        SIZE: str(size),
        CREATED: _now(),
        AUTHOR: _user(),
        SUMMARY: json.dumps(summary, sort_keys=True),
    }


def read_version(name: str, number: int, tags: Mapping[str, str], aliases: tuple[str, ...]) -> Version:
    """Return the version that tags describe."""
    summary = json.loads(tags.get(SUMMARY, "{}"))
    return Version(
        name,
        number,
        tags[DIGEST],
        created=tags.get(CREATED, ""),
        author=tags.get(AUTHOR, ""),
        size=int(tags.get(SIZE, "0")),
        summary=summary if isinstance(summary, dict) else {},
        aliases=aliases,
    )


def figures(package: Path) -> dict[str, float]:
    """Return a package's figures for the run: those of its first scorer and strategy, with the ends of intervals."""
    scorers = _metrics(package).get("scorers", [])
    first = scorers[0] if scorers else {}
    strategies = first.get("strategies") or [{}]
    parts = (first.get("ranking", {}), first.get("localisation", {}), strategies[0].get("figures", {}))
    found: dict[str, Any] = {}
    for part in parts:
        for name, figure in part.items():
            found[name] = figure.get("value")
            found |= {f"{name}_{end}": figure.get(end) for end in ("low", "high")}
    return {name: value for name, value in found.items() if isinstance(value, int | float) and math.isfinite(value)}


def alias_note(what: str, why: str) -> str:
    """Say what became of an alias, when and by whom."""
    return f"{what}, {_now()} by {_user()}" + (f": {why}" if why else "")


def _metrics(package: Path) -> dict[str, Any]:
    path = package / "metrics.json"
    found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}
    return found


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")


def _user() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # a container may run under a number without a name
        return "unknown"
