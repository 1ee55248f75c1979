"""The narrow waist of a run: one score for each image, in a CSV that anyone can open."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Self

import numpy as np

from adfw.score_csv import read_columns, write_table

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy.typing as npt


@dataclass(frozen=True, eq=False)
class ScoreTable:
    """Scores of images: columns of equal length N.

    `id` (N,) str; `split` (N,) "calibration", "test", or "synthetic" (drawn defects to fit on); `label` (N,) int64, 0
    or 1; `defect` (N,) str, "" for normal; `score` (N,) float64, higher = more anomalous, NaN where an image could not
    be scored; `group` (N,) str, the part or series an image belongs to, "" or None where it is not known.
    """

    id: npt.NDArray[np.str_]
    split: npt.NDArray[np.str_]
    label: npt.NDArray[np.int64]
    defect: npt.NDArray[np.str_]
    score: npt.NDArray[np.float64]
    group: npt.NDArray[np.str_] | None = None

    def __post_init__(self) -> None:
        lengths = {len(self.id), len(self.split), len(self.label), len(self.defect), len(self.score)}
        if len(lengths | ({len(self.group)} if self.group is not None else set())) != 1:
            raise ValueError("the columns of a score table have equal lengths")

    def __len__(self) -> int:
        return len(self.id)

    @classmethod
    def of(cls, rows: Sequence[tuple[str, str, int, str, float]]) -> Self:
        """Build a table of rows (id, split, label, defect, score)."""
        ids, splits, labels, defects, scores = zip(*rows, strict=True) if rows else ((), (), (), (), ())
        return cls(
            np.array(ids, dtype=np.str_),
            np.array(splits, dtype=np.str_),
            np.array(labels, dtype=np.int64),
            np.array(defects, dtype=np.str_),
            np.array(scores, dtype=np.float64),
        )

    @classmethod
    def read_csv(cls, path: Path | str) -> Self:
        """Read a CSV with the columns id, label (0 or 1) and score, and any of split ("test" if absent), defect, group.

        Raises InvalidScores, with file and line, for anything that is not such a table.
        """
        return cls(*read_columns(Path(path)))

    def write_csv(self, path: Path | str) -> None:
        """Write a CSV that reads back as the same table, bit by bit."""
        write_table(self, Path(path))

    def unit(self) -> npt.NDArray[np.str_]:
        """Return (N,) names of what must not be torn apart: the group where one is known, else the image itself."""
        return self.id if self.group is None else np.where(self.group == "", self.id, self.group)

    def where(self, rows: npt.NDArray[np.bool_] | npt.NDArray[np.intp]) -> ScoreTable:
        """Return some of the rows, by mask or index."""
        group = None if self.group is None else self.group[rows]
        return ScoreTable(self.id[rows], self.split[rows], self.label[rows], self.defect[rows], self.score[rows], group)

    def of_split(self, split: str) -> ScoreTable:
        """Return the rows of one split."""
        return self.where(self.split == split)
