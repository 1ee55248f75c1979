"""Which scores a cut is fitted on, and which it decides."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Literal, NamedTuple, get_args

import numpy as np

from adfw.errors import ThresholdNotIdentifiable

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy.typing as npt

    from adfw.interfaces import Needs
    from adfw.scores import ScoreTable

ProtocolName = Literal["auto", "normal_only", "cross_fit", "split", "oracle", "synthetic"]
FOLDS, REPEATS = 5, 5


class Fold(NamedTuple):
    """Row numbers of a score table: those a cut is fitted on, and those it then decides."""

    fit: npt.NDArray[np.intp]
    decided: npt.NDArray[np.intp]


class CrossFold(NamedTuple):
    """One of several folds of the test rows; its row numbers are made when asked for, which spares gigabytes.

    `number` (len(test),) is the fold of each test row; `scored` (N,) tells which rows of the table may be fitted on.
    """

    test: npt.NDArray[np.intp]
    number: npt.NDArray[np.int8]
    scored: npt.NDArray[np.bool_]
    fold: int

    @property
    def fit(self) -> npt.NDArray[np.intp]:
        """Rows of all other folds that have a score."""
        rows: npt.NDArray[np.intp] = self.test[(self.number != self.fold) & self.scored[self.test]]
        return rows

    @property
    def decided(self) -> npt.NDArray[np.intp]:
        """Rows of this fold."""
        rows: npt.NDArray[np.intp] = self.test[self.number == self.fold]
        return rows


class Plan(NamedTuple):
    """A protocol carried out: its folds by repeat, and the rows that the shipped cut is fitted on."""

    protocol: str
    repeats: tuple[tuple[Fold | CrossFold, ...], ...]
    ship: npt.NDArray[np.intp]


def by_row(folds: Sequence[Fold | CrossFold], values: Sequence[float]) -> npt.NDArray[np.float64]:
    """Return, for each row that the folds of one repeat decide, in the table's order, its fold's value."""
    first = folds[0]
    if isinstance(first, CrossFold):
        return np.array(values)[first.number]
    return np.full(len(first.decided), values[0])


def make_plan(table: ScoreTable, needs: Needs, protocol: str, seed: int) -> Plan:
    """Return who fits and who is decided; NaN scores are decided and never fitted on.

    Raises ThresholdNotIdentifiable where the table has no rows for the protocol.
    """
    test, scored = _rows(table, "test"), ~np.isnan(table.score)
    if len(test) == 0:
        raise ThresholdNotIdentifiable("the table has no rows of the split test to decide; name them so")
    name = resolve_protocol(table, needs, protocol)
    if name == "none":
        return _stated(table, test, protocol)
    if name == "cross_fit":
        return Plan(name, _cross(table, test, seed, scored), test[scored[test]])
    fold = _split(table, test) if name == "split" else Fold(_fit_rows(table, name), test)
    fit = fold.fit[scored[fold.fit]]
    return Plan(name, ((Fold(fit, fold.decided),),), fit)


def _stated(table: ScoreTable, test: npt.NDArray[np.intp], protocol: str) -> Plan:
    """Let a cut that is fitted on nothing decide the rows that the protocol decides."""
    nothing = np.array([], dtype=np.intp)
    decided = _split(table, test).decided if protocol == "split" else test
    return Plan("none", ((Fold(nothing, decided),),), nothing)


def resolve_protocol(table: ScoreTable, needs: Needs, protocol: str) -> str:
    """Return the protocol carried out for strategies of some needs, "none" for a cut that is fitted on nothing.

    Strategies of one resolved protocol share its plan. Raises ThresholdNotIdentifiable for a name that is none.
    """
    if needs == "none":
        return "none"
    if protocol not in get_args(ProtocolName):
        raise ThresholdNotIdentifiable(
            f"there is no protocol {protocol!r}; allowed: {', '.join(get_args(ProtocolName))}"
        )
    if protocol == "synthetic" and needs == "normal_scores":
        return "normal_only"  # which is fitted on the same images, for it looks at no defect
    if protocol != "auto":
        return protocol
    held_out = needs == "normal_scores" and bool((table.split == "calibration").any())
    return "normal_only" if held_out else "cross_fit"


def _fit_rows(table: ScoreTable, protocol: str) -> npt.NDArray[np.intp]:
    if protocol == "oracle":
        return _rows(table, "test")
    calibration = _rows(table, "calibration")
    if protocol == "normal_only":
        if len(calibration) == 0:
            raise ThresholdNotIdentifiable(
                "protocol normal_only takes held-out normal images: the table has no rows "
                "of the split calibration; name them, or use cross_fit"
            )
        return calibration
    synthetic = _rows(table, "synthetic")
    if len(synthetic) == 0:
        raise ThresholdNotIdentifiable(
            "protocol synthetic takes scores of drawn defects: the table has no rows of the split synthetic; "
            "run the recipe with `protocol: synthetic`, name them so in a table, or use cross_fit"
        )
    return np.concatenate([calibration, synthetic])


def _split(table: ScoreTable, test: npt.NDArray[np.intp]) -> Fold:
    """Halve the test rows by a hash of group or id, which stays the same when files are added."""
    units = table.unit()[test].tolist()
    first = np.array([hashlib.sha256(unit.encode()).digest()[0] < 128 for unit in units], dtype=bool)
    if first.all() or not first.any():
        raise ThresholdNotIdentifiable(f"protocol split cannot halve {len(test)} rows; it takes more, or cross_fit")
    return Fold(test[first], test[~first])


def _cross(
    table: ScoreTable, test: npt.NDArray[np.intp], seed: int, scored: npt.NDArray[np.bool_]
) -> tuple[tuple[CrossFold, ...], ...]:
    return tuple(
        tuple(CrossFold(test, number, scored, fold) for fold in np.unique(number).tolist())
        for number in fold_numbers(table.where(test), range(seed, seed + REPEATS))
    )


def fold_numbers(table: ScoreTable, seeds: Sequence[int]) -> npt.NDArray[np.int8]:
    """Return the fold of each row, (len(seeds), N): stratified by label and type of defect, groups kept together.

    Depends on the rows, not on their order.
    """
    _, first, member = np.unique(table.unit(), return_index=True, return_inverse=True)
    if len(first) < 2:
        raise ThresholdNotIdentifiable(f"protocol cross_fit takes at least 2 images, or groups; there are {len(first)}")
    hardest = np.zeros(len(first), dtype=np.int64)
    np.maximum.at(hardest, member, table.label)
    defect = np.where(hardest == 1, _defects(table, member, len(first)), "")
    kinds, stratum = np.unique(defect, return_inverse=True)
    stratum += hardest * len(kinds)
    numbers = np.empty((len(seeds), len(table)), dtype=np.int8)
    for row, seed in enumerate(seeds):
        shuffled = np.random.default_rng(seed).permutation(len(first))
        order = shuffled[np.argsort(stratum[shuffled], kind="stable")]
        number = np.empty(len(first), dtype=np.int8)
        number[order] = np.arange(len(first)) % FOLDS  # goes on across strata, so that rare types spread evenly
        numbers[row] = number[member]
    return numbers


def _defects(table: ScoreTable, member: npt.NDArray[np.intp], units: int) -> npt.NDArray[np.str_]:
    """Return one type of defect for each unit; the last by name where a group has several."""
    defects = np.full(units, "", dtype=table.defect.dtype)
    order = np.argsort(table.defect, kind="stable")
    defects[member[order]] = table.defect[order]
    return defects


def _rows(table: ScoreTable, split: str) -> npt.NDArray[np.intp]:
    return np.flatnonzero(table.split == split)
