"""Plain arrays as a score table, for those who bring scores of their own."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from adfw.errors import InvalidScores
from adfw.scores import ScoreTable
from adfw.thresholds.contracts import check_labels

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy.typing as npt


@dataclass(frozen=True)
class Arrays:
    """What is known of (N,) scores: labels 0 or 1, types of defects, groups; and (M,) scores of held-out normals."""

    labels: npt.ArrayLike | None
    calibration: npt.ArrayLike | None = None
    defects: Sequence[str] | None = None
    groups: Sequence[str] | None = None

    def table(self, scores: npt.ArrayLike) -> ScoreTable:
        """Return the scores as the split test, the held-out ones as calibration; raises InvalidScores."""
        if self.labels is None:
            raise InvalidScores("scores without labels cannot be compared; give one label, 0 or 1, for each score")
        test, known = check_labels(scores, self.labels)
        held_out, normal = self._held_out()
        n, m = len(test), len(held_out)
        return ScoreTable(
            id=np.concatenate([_names("part", n), _names("held-out", m)]),
            split=np.repeat(["test", "calibration"], [n, m]),
            label=np.concatenate([known, normal]),
            defect=np.concatenate([np.where(known == 1, self._column("defects", n), ""), np.full(m, "")]),
            score=np.concatenate([test, held_out]),
            group=None if self.groups is None else np.concatenate([self._column("groups", n), np.full(m, "")]),
        )

    def _held_out(self) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.int64]]:
        given = np.array([]) if self.calibration is None else np.asarray(self.calibration)
        return check_labels(given, np.zeros(given.shape, dtype=np.int64))

    def _column(self, name: str, size: int) -> npt.NDArray[np.str_]:
        given = getattr(self, name)
        if given is None:
            return np.full(size, "")
        column = np.asarray(given, dtype=np.str_)
        if column.shape != (size,):
            raise InvalidScores(f"{name} has the shape {column.shape} for {size} scores; give one entry for each")
        return column


def _names(word: str, count: int) -> npt.NDArray[np.str_]:
    return np.char.add(f"{word} ", np.arange(count).astype(np.str_))
