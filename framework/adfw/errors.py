"""Everything `adfw` raises on purpose.

AdfwError                        one clear sentence; the command line prints it and ends with exit code 2
├── RecipeError                  a recipe that cannot be read or does not fit the installed components
├── PluginError                  a plugin that is missing, broken, clashing or of the wrong kind
├── DatasetError                 images or masks that are missing, empty or do not belong together
│   └── InvalidImage             one image file that must not or cannot be decoded
├── TrainingError                a model that cannot be fitted, or a loss that is no longer finite
├── InvalidScores                scores that are NaN, negative infinite or without a partner label
├── ThresholdNotIdentifiable     a strategy that needs more or other scores than it was given
├── DetectorError                a saved detector that is missing, damaged or made by something else
├── ExportError                  a detector that cannot be exported, or whose export would decide otherwise
├── RegistryError                a registry, model, version or alias that is missing, taken, damaged or not writable
└── RunError                     a run folder that is taken, locked, unfinished or not writable

PluginVersionWarning             no error: a plugin of another major version than something was made with
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path


class AdfwError(Exception):
    """A fault the user can mend; its text names place, fault and remedy."""


class RecipeError(AdfwError):
    """A recipe with one or more faults, each a sentence `file:line: key: fault; allowed; hint`."""

    def __init__(self, problems: Sequence[str]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(self.problems))


class PluginError(AdfwError):
    """A plugin that is missing, broken, clashing or of the wrong kind."""


class PluginVersionWarning(UserWarning):
    """A plugin of another major version than the one that something was made with."""


class DatasetError(AdfwError):
    """Images or masks that are missing, empty or do not belong together."""


class InvalidImage(DatasetError):  # noqa: N818 - the field says "invalid", and so does the verdict
    """One image that must not or cannot be decoded; carries its path and the reason."""

    def __init__(self, path: Path | str, reason: str) -> None:
        self.path, self.reason = path, reason
        super().__init__(f"{path}: {reason}")


class TrainingError(AdfwError):
    """A model that cannot be fitted, or a loss that is no longer finite."""


class InvalidScores(AdfwError):  # noqa: N818
    """Scores that are NaN or negative infinite, or labels that do not match them."""


class ThresholdNotIdentifiable(AdfwError):  # noqa: N818
    """A threshold strategy that needs more, or other, scores than it was given; says how many."""


class DetectorError(AdfwError):
    """A saved detector that is missing, damaged or made by something else."""


class ExportError(AdfwError):
    """A detector that cannot be exported, an export that would decide otherwise, or a missing runtime."""


class RegistryError(AdfwError):
    """A registry, model, version or alias that is missing, taken, damaged or not writable."""


class RunError(AdfwError):
    """A run folder that is taken, locked, unfinished or not writable."""
