"""Where a detector comes from, in words that hold on any machine."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence

    from adfw.report.document import RunDocument

# A root, a drive, a network share, a home: what begins like this means nothing elsewhere
_ABSOLUTE = re.compile(r"(?:/|~|\\\\|[A-Za-z]:[\\/])")
_WITHIN_TEXT = re.compile(r"(?<![\w.:/\\])(?:~|[A-Za-z]:)?(?:[\\/][^\s\\/:;,'\"()]+)+[\\/]?")


def lineage(document: RunDocument, parents: Sequence[str] = ()) -> dict[str, Any]:
    """Return what a run knows of its data, versions, seed, hardware and source; `parents` are digests."""
    return {
        "run": document.name,
        "created": document.created,
        "seed": document.recipe.get("seed"),
        "recipe_digest": document.recipe_digest,
        "dataset": portable(document.recipe.get("dataset")),
        "dataset_fingerprint": document.dataset_fingerprint,
        "dataset_notice": portable_text(document.notice),
        "dataset_licence": portable_text(document.licence),
        "counts": document.counts,
        "versions": document.versions,
        "hardware": document.hardware,
        "git": git_state(Path.cwd()),
        "parents": list(parents),
        "said": [portable_text(sentence) for sentence in document.sentences],
    }


def portable(value: Any) -> Any:
    """Return a JSON value in which every absolute path is cut to its last part."""
    if isinstance(value, dict):
        return {key: portable(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [portable(item) for item in value]
    if isinstance(value, str) and _ABSOLUTE.match(value):
        return _last(value)
    return value


def portable_text(text: str) -> str:
    """Return a sentence in which every absolute path is cut to its last part."""
    return _WITHIN_TEXT.sub(lambda found: _last(found.group()), text)


def _last(path: str) -> str:
    return re.split(r"[\\/]", path.rstrip("\\/"))[-1] or "."


def git_state(folder: Path) -> dict[str, Any] | None:
    """Return commit and whether tracked files were changed, None outside a repository or without git."""

    def git(*words: str) -> str:
        return subprocess.run(
            ["git", "-C", str(folder), *words], capture_output=True, text=True, check=True, timeout=10
        ).stdout.strip()

    try:
        commit = git("rev-parse", "HEAD")
        return {"commit": commit, "dirty": bool(git("status", "--porcelain", "--untracked-files=no"))}
    except (OSError, subprocess.SubprocessError):
        return None
