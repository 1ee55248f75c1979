"""Two forms that most strategies take; a strategy in one of them gets exact placement and a quick interval."""

from __future__ import annotations

import math
from abc import abstractmethod
from typing import TYPE_CHECKING, ClassVar, NamedTuple, Protocol, runtime_checkable

import numpy as np

from adfw.errors import InvalidScores, ThresholdNotIdentifiable
from adfw.interfaces import Cut, Needs, Threshold
from adfw.thresholds.points import OperatingPoints, Placement

if TYPE_CHECKING:
    from collections.abc import Mapping
    from fractions import Fraction

    import numpy.typing as npt


class Choice(NamedTuple):
    """The candidate a strategy picks, by its index, and the value of its objective there.

    With `review`, scores from that candidate up to the picked one go to a human.
    """

    candidate: int
    objective: float | None = None
    review: int | None = None


class Remarks(NamedTuple):
    """What a strategy says about its cut: one sentence of promise, warnings, and figures such as a rank."""

    promise: str = ""
    warnings: tuple[str, ...] = ()
    parameters: Mapping[str, float] = {}


class Quantile(NamedTuple):
    """The quantile of one class's scores that a cut estimates: `label` 0 or 1, `level` in [0, 1]."""

    label: int
    level: float


@runtime_checkable
class EstimatesQuantile(Protocol):
    """A strategy whose cut is an order statistic, so that its interval follows from binomial ranks."""

    def quantile(self, n_normal: int, n_anomalous: int) -> Quantile:
        """Return what the cut estimates when it is fitted on so many scores."""


class PointThreshold(Threshold):
    """A strategy that picks one of the operating points of labelled scores.

    `placement` says where in the gap below the picked score the cut lies; `tells_defects`, whether the
    strategy looks at the counts by type of defect. It needs at least `min_normals` and
    `min_anomalies` scores.
    """

    needs: ClassVar[Needs] = "labelled_scores"
    placement: Placement = "midpoint"
    tells_defects: bool = False
    min_normals: ClassVar[int] = 1
    min_anomalies: ClassVar[int] = 1

    @abstractmethod
    def pick(self, points: OperatingPoints) -> Choice:
        """Choose a candidate; raises ThresholdNotIdentifiable, with the count it would take, where none will do.

        Candidates that no score reaches may be among the points: those of a bootstrap draw.
        """

    def remarks(self, points: OperatingPoints, choice: Choice) -> Remarks:  # noqa: ARG002 - for those that override it
        """Say what the cut promises and what is to be minded."""
        return Remarks()

    def fit(self, scores: npt.NDArray[np.float64], labels: npt.NDArray[np.int64]) -> Cut:
        """Pick among the distinct scores and +inf, and place the cut in the gap below."""
        return self.fit_points(OperatingPoints.of(*check_scores(scores, labels)))

    def fit_defects(
        self, scores: npt.NDArray[np.float64], labels: npt.NDArray[np.int64], defects: npt.NDArray[np.str_]
    ) -> Cut:
        """Fit with the counts of each type of defect among the points."""
        return self.fit_points(
            OperatingPoints.of(*check_scores(scores, labels), defects if self.tells_defects else None)
        )

    def fit_points(self, points: OperatingPoints) -> Cut:
        """Pick among given points; raises ThresholdNotIdentifiable where they do not suffice."""
        require("normal", points.n_normal, self.min_normals)
        require("anomalous", points.n_anomalous, self.min_anomalies)
        choice = self.pick(points)
        remarks = self.remarks(points, choice)
        lower, upper = points.gap(choice.candidate)
        value = points.place(choice.candidate, self.placement)
        flagged = points.flagged
        return Cut(
            value=value,
            promise=remarks.promise,
            n_normal=points.n_normal,
            n_anomalous=points.n_anomalous,
            objective=choice.objective,
            plateau=(lower, upper),
            ties=_ties(flagged, points.values, upper),
            review_from=None if choice.review is None else points.place(choice.review, self.placement),
            warnings=remarks.warnings,
            parameters=remarks.parameters,
            degenerate=int(flagged[choice.candidate]) in {0, int(flagged[-1])},
        )


class RankThreshold(Threshold):
    """A strategy whose cut lies just above an order statistic of the normal scores: flagged if and only if s > h.

    A position between two ranks interpolates linearly between them.
    """

    needs: ClassVar[Needs] = "normal_scores"

    @abstractmethod
    def position(self, n: int) -> Fraction | None:
        """Return the position of h among n ascending scores, from 1 to n; None puts the cut at +inf.

        Raises ThresholdNotIdentifiable, with the count it would take, where n scores do not suffice.
        """

    @abstractmethod
    def quantile(self, n_normal: int, n_anomalous: int) -> Quantile:
        """Return what the cut estimates when it is fitted on so many scores."""

    def remarks(self, n: int, position: Fraction | None) -> Remarks:  # noqa: ARG002 - for those that override it
        """Say what the cut promises and what is to be minded."""
        return Remarks()

    def fit(self, scores: npt.NDArray[np.float64], labels: npt.NDArray[np.int64]) -> Cut:
        """Place the cut just above the position's score; the anomalous scores are not looked at."""
        normal = normal_scores(scores, labels)
        require("normal", len(normal), 1)
        position = self.position(len(normal))
        remarks = self.remarks(len(normal), position)
        bound = math.inf if position is None else at_position(normal, position)
        above = normal[np.searchsorted(normal, bound, side="right") :]
        return Cut(
            value=math.nextafter(bound, math.inf),
            promise=remarks.promise,
            n_normal=len(normal),
            plateau=(_below(normal, bound), float(above[0]) if len(above) else math.inf),
            ties=int((normal == bound).sum()),
            warnings=remarks.warnings,
            parameters=remarks.parameters,
            degenerate=len(above) in {0, len(normal)},
        )


def _below(ascending: npt.NDArray[np.float64], bound: float) -> float:
    """Return the lower end of the plateau of a cut just above `bound`; a cut at +inf flags nothing below it."""
    finite = ascending[ascending < math.inf]
    return bound if bound < math.inf else float(finite[-1]) if len(finite) else -math.inf


def at_position(ascending: npt.NDArray[np.float64], position: Fraction) -> float:
    """Return the score at a position from 1 to n, interpolated; with exact ranks no rounding can pick a neighbour."""
    below = int(position)
    share = float(position - below)
    low = float(ascending[below - 1])
    if share == 0 or ascending[below] == low:  # the second spares infinity minus infinity
        return low
    return low + share * (float(ascending[below]) - low)


def check_scores(scores: npt.ArrayLike, labels: npt.ArrayLike) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.int64]]:
    """Return scores as float64 and labels as int64; raises InvalidScores for NaN, -inf and labels other than 0 or 1."""
    exact, known = check_labels(scores, labels)
    if len(exact) and not exact.min() > -np.inf:  # which NaN is not, either
        wrong = np.flatnonzero(np.isnan(exact) | np.isneginf(exact))
        rows = ", ".join(map(str, wrong[:5].tolist()))
        raise InvalidScores(f"{len(wrong)} scores are NaN or -inf (rows {rows}); leave out images without a score")
    return exact, known


def normal_scores(scores: npt.ArrayLike, labels: npt.ArrayLike) -> npt.NDArray[np.float64]:
    """Return the normal scores in ascending order; raises InvalidScores as `check_scores` does.

    Where all are normal and in order it is the given array itself: not for writing.
    """
    checked, known = check_scores(scores, labels)
    normal = checked[known == 0] if known.any() else checked
    ordered = bool((normal[1:] >= normal[:-1]).all())  # as in every bootstrap draw, where sorting would be the dearest
    return normal if ordered else np.sort(normal)


def check_labels(scores: npt.ArrayLike, labels: npt.ArrayLike) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.int64]]:
    """Return scores, NaN among them, and labels; raises InvalidScores where they do not match."""
    try:
        exact, known = np.asarray(scores).astype(np.float64, copy=False), np.asarray(labels)
    except (TypeError, ValueError) as error:
        raise InvalidScores(f"scores are no numbers ({error})") from error
    if exact.ndim != 1 or exact.shape != known.shape:
        raise InvalidScores(f"scores have the shape {exact.shape}, labels {known.shape}; give one label for each score")
    if len(unknown := known[(known != 0) & (known != 1)]):
        raise InvalidScores(f"labels hold {unknown[0]!s}; allowed: 0 (normal), 1 (anomalous)")
    return exact, known.astype(np.int64, copy=False)


def require(kind: str, have: int, needed: int) -> None:
    """Raise ThresholdNotIdentifiable where there are fewer scores of a kind than needed."""
    if have < needed:
        raise ThresholdNotIdentifiable(f"it takes at least {needed} {kind} scores; there are {have}")


def _ties(flagged: npt.NDArray[np.int64], values: npt.NDArray[np.float64], value: float) -> int:
    index = int(np.searchsorted(-values, -value))
    return int(flagged[index] - (flagged[index - 1] if index else 0))
