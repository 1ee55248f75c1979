"""Bootstrap draws of scores: the order is computed once, a draw is a count for each distinct score."""

from __future__ import annotations

from collections import defaultdict
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cached_property, partial
from typing import TYPE_CHECKING, NamedTuple, Self

import numpy as np

from adfw.errors import ThresholdNotIdentifiable
from adfw.thresholds.contracts import PointThreshold
from adfw.thresholds.points import OperatingPoints

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy.typing as npt

    from adfw.interfaces import Threshold
    from adfw.scores import ScoreTable

    Places = npt.NDArray[np.int32]
    Labelled = tuple[npt.NDArray[np.float64], npt.NDArray[np.int64], npt.NDArray[np.str_]]

CHUNKS = 8
"""Draws are made in so many streams of their own, so that they do not depend on the number of threads."""
THREADS = 2
MOST_DRAWS, FEWEST_DRAWS = 2000, 100
REDRAWN = 10**9
"""Scores that are redrawn in all, unless a number of draws is asked for: some minutes."""


def affordable_draws(scores: int) -> int:
    """Return how many bootstrap draws of so many scores are made by default."""
    return min(max(REDRAWN // max(scores, 1), FEWEST_DRAWS), MOST_DRAWS)


class _Stratum(NamedTuple):
    """Scores that are redrawn among themselves: one class, or one type of defect; in ascending order.

    `reach` (M,) counts how many of the n scores reach each candidate; `unit` (n,) is the part or series that is drawn
    as a whole, None where every score is a part of its own.
    """

    label: int
    defect: str
    scores: npt.NDArray[np.float64]
    reach: npt.NDArray[np.int64]
    unit: npt.NDArray[np.intp] | None

    def draw(self, generator: np.random.Generator) -> Places:
        """Return the places of the drawn scores, in ascending order."""
        n = len(self.scores)
        if self.unit is None:
            return _drawn_in_order(n, generator)
        units = int(self.unit.max()) + 1
        times = np.bincount(_drawn_in_order(units, generator), minlength=units)
        return np.repeat(np.arange(n, dtype=np.int32), times[self.unit])

    def reaching(self, places: Places) -> npt.NDArray[np.int64]:
        """Return how many drawn scores reach each candidate."""
        n = len(self.scores)
        cumulated = np.zeros(n + 1, dtype=np.int64)
        np.cumsum(np.bincount(places, minlength=n)[::-1], out=cumulated[1:])
        return cumulated.take(self.reach)


@dataclass(frozen=True, eq=False)
class Resampler:
    """Redraws a score table within its classes; with `by_defect` within the types of defects."""

    values: npt.NDArray[np.float64]
    strata: tuple[_Stratum, ...]
    by_defect: bool

    @classmethod
    def of(cls, table: ScoreTable, *, by_defect: bool) -> Self:
        """Prepare (N,) scores without NaN or -inf; groups, where the table has them, are drawn whole."""
        points = OperatingPoints.of(table.score, table.label, table.defect if by_defect else None)
        strata = [_stratum(table, table.label == 0, 0, "", points.fp)]
        if by_defect:
            for name, reach in points.tp_by_defect.items():
                strata.append(_stratum(table, (table.label == 1) & (table.defect == name), 1, name, reach))
        else:
            strata.append(_stratum(table, table.label == 1, 1, "", points.tp))
        return cls(points.values, tuple(stratum for stratum in strata if len(stratum.scores)), by_defect)

    def draw(self, generator: np.random.Generator) -> Draw:
        """Redraw every stratum."""
        return Draw(self, [stratum.draw(generator) for stratum in self.strata])


class Draw:
    """One draw, counted once for all strategies that pick operating points, and spelt out once for all others."""

    def __init__(self, resampler: Resampler, places: Sequence[Places]) -> None:
        self._resampler, self._places = resampler, places

    def cut(self, threshold: Threshold) -> float:
        """Return the cut of a strategy; raises ThresholdNotIdentifiable where there is none."""
        if isinstance(threshold, PointThreshold):
            return self.points.place(threshold.pick(self.points).candidate, threshold.placement)
        return threshold.fit_defects(*(self.normal if threshold.needs == "normal_scores" else self.spelt_out)).value

    @cached_property
    def points(self) -> OperatingPoints:
        """The operating points; values that were not drawn stay among the candidates."""
        values = self._resampler.values
        counts: dict[int, npt.NDArray[np.int64]] = {}
        by_defect = {}
        for stratum, places in zip(self._resampler.strata, self._places, strict=True):
            reaching = stratum.reaching(places)
            counts[stratum.label] = counts[stratum.label] + reaching if stratum.label in counts else reaching
            if self._resampler.by_defect and stratum.label == 1:
                by_defect[stratum.defect] = reaching
        none = np.zeros(len(values), dtype=np.int64)
        return OperatingPoints(values, counts.get(1, none), counts.get(0, none), by_defect)

    @cached_property
    def normal(self) -> Labelled:
        """The normal scores, which are all that a strategy of the needs "normal_scores" looks at."""
        return self._spell([0])

    @cached_property
    def spelt_out(self) -> Labelled:
        """The scores of both classes, the normal ones first, each type in ascending order."""
        return self._spell([0, 1])

    def _spell(self, labels: Sequence[int]) -> Labelled:
        drawn = [
            (stratum, stratum.scores.take(places))
            for stratum, places in zip(self._resampler.strata, self._places, strict=True)
            if stratum.label in labels
        ]
        sizes = [len(scores) for _, scores in drawn]
        return (
            np.concatenate([np.array([]), *(scores for _, scores in drawn)]),
            np.repeat(np.array([stratum.label for stratum, _ in drawn], dtype=np.int64), sizes),
            np.repeat(np.array([stratum.defect for stratum, _ in drawn], dtype=np.str_), sizes),
        )


def _drawn_in_order(count: int, generator: np.random.Generator) -> npt.NDArray[np.int32]:
    """Return `count` draws with replacement from range(count), in ascending order."""
    drawn = generator.integers(0, count, count, dtype=np.int32)
    drawn.sort()  # quick for 32 bits, and several times as quick as spelling out counts
    return drawn


def _stratum(
    table: ScoreTable, rows: npt.NDArray[np.bool_], label: int, defect: str, reach: npt.NDArray[np.int64]
) -> _Stratum:
    scores, unit = table.score[rows], None
    ascending = np.argsort(scores, kind="stable")
    if table.group is not None and rows.any():
        unit = np.unique(table.unit()[rows], return_inverse=True)[1][ascending]
    return _Stratum(label, defect, scores[ascending], reach, unit)


def bootstrap_cuts(
    thresholds: Sequence[Threshold], table: ScoreTable, draws: int, seed: int
) -> npt.NDArray[np.float64]:
    """Return the (len(thresholds), draws) cuts that strategies fit to bootstrap draws of one table.

    A draw in which a strategy finds no cut flags nothing: +inf.
    """
    cuts = np.empty((len(thresholds), draws))
    sharing: dict[bool, list[int]] = defaultdict(list)
    for index, threshold in enumerate(thresholds):
        sharing[isinstance(threshold, PointThreshold) and threshold.tells_defects].append(index)
    for by_defect, members in sharing.items():
        resampler = Resampler.of(table, by_defect=by_defect)
        chosen = [thresholds[index] for index in members]
        with ThreadPoolExecutor(THREADS) as pool:
            streams = np.random.SeedSequence(seed).spawn(CHUNKS)
            sizes = [len(part) for part in np.array_split(np.arange(draws), CHUNKS)]
            parts = pool.map(partial(_cuts, chosen, resampler), streams, sizes)
            cuts[members] = np.concatenate(list(parts), axis=1)
    return cuts


def _cuts(
    thresholds: Sequence[Threshold], resampler: Resampler, stream: np.random.SeedSequence, draws: int
) -> npt.NDArray[np.float64]:
    generator = np.random.default_rng(stream)
    cuts = np.empty((len(thresholds), draws))
    for draw in range(draws):
        drawn = resampler.draw(generator)
        for row, threshold in enumerate(thresholds):
            try:
                cuts[row, draw] = drawn.cut(threshold)
            except ThresholdNotIdentifiable:
                cuts[row, draw] = np.inf
    return cuts
