"""Pairs on the same parts: strategies of one score table, or one strategy on several tables."""

from __future__ import annotations

from itertools import combinations
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from adfw.evaluation import auroc_difference
from adfw.evaluation.figure import Figure
from adfw.thresholds.comparison import Across, Pair
from adfw.thresholds.paired import mcnemar, paired_shares, right, valid_rows
from adfw.thresholds.pricing import TAILS, price

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy.typing as npt

    from adfw.scores import ScoreTable
    from adfw.thresholds.applying import Applied
    from adfw.thresholds.costs import Costs
    from adfw.thresholds.evaluate import Evaluated, Terms
    from adfw.thresholds.paired import Shares


class Decided(NamedTuple):
    """A named score table with what strategies decided on it, in the same order for every table."""

    name: str
    table: ScoreTable
    evaluated: Sequence[Evaluated]


def within(evaluated: Sequence[Evaluated], table: ScoreTable, terms: Terms) -> dict[str, object]:
    """Return what a table's comparison says of its strategies in pairs, and of the best of them."""
    applied = [one.applied for one in evaluated if one.applied is not None]
    rows, codes = applied[0].rows, np.stack([one.codes for one in applied], axis=1)
    valid = valid_rows(codes)
    codes, decided = codes[valid], table.where(rows[valid])
    if len(set(decided.label.tolist())) < 2:
        return {}
    counted = _counted([one.document.label for one in evaluated], codes, decided, terms)
    correct, drawn = right(codes, decided.label), counted.drawn
    update: dict[str, object] = {"pairs": tuple(_pairs(counted, correct, terms.costs))}
    priced = _priced(counted.observed, terms.costs)
    if terms.costs is not None and priced is not None:
        best = int(np.argmin(priced))
        costs = price(drawn.normal, drawn.anomalous, terms.costs)
        share = float((costs[:, best] <= costs.min(axis=1) * (1 + 1e-12)).mean())
        update |= {"best": counted.labels[best], "best_share": share}
    return update


class _Counted:
    """Shares and their draws, by strategy."""

    def __init__(self, labels: list[str], observed: Shares, drawn: Shares, sizes: tuple[int, int]) -> None:
        self.labels, self.observed, self.drawn = labels, observed, drawn
        self.f1, self.f1_draws = observed.f1(*sizes), drawn.f1(*sizes)


def _counted(labels: list[str], codes: npt.NDArray[np.int8], decided: ScoreTable, terms: Terms) -> _Counted:
    units = None if decided.group is None else decided.unit()
    observed, drawn = paired_shares(codes, decided.label, units, terms.draws, terms.seed)
    return _Counted(labels, observed, drawn, (int((decided.label == 0).sum()), int((decided.label == 1).sum())))


def _pairs(counted: _Counted, correct: npt.NDArray[np.bool_], costs: Costs | None) -> list[Pair]:
    observed, drawn = _priced(counted.observed, costs), _priced(counted.drawn, costs)
    both = correct.T.astype(np.float64) @ correct.astype(np.float64)  # parts that two strategies both decide rightly
    pairs = []
    for first, second in combinations(range(len(counted.labels)), 2):
        alone = [int(both[one, one] - both[first, second]) for one in (first, second)]
        cost = None
        if observed is not None and drawn is not None:
            cost = _difference(observed[first] - observed[second], drawn[:, first] - drawn[:, second])
        f1 = _difference(
            counted.f1[first] - counted.f1[second], counted.f1_draws[:, first] - counted.f1_draws[:, second]
        )
        pairs.append(
            Pair(
                first=counted.labels[first],
                second=counted.labels[second],
                cost_difference=cost,
                f1_difference=f1,
                only_first_right=alone[0],
                only_second_right=alone[1],
                p_value=mcnemar(*alone),
            )
        )
    return pairs


def _priced(shares: Shares, costs: Costs | None) -> npt.NDArray[np.float64] | None:
    """Return (..., S) costs of 1,000 parts; None where no costs are stated, or none for the referrals there are."""
    if costs is None:
        return None
    referred = bool(shares.normal[..., 1].any() or shares.anomalous[..., 1].any())
    return None if referred and costs.referral is None else price(shares.normal, shares.anomalous, costs)


def _difference(observed: float, drawn: npt.NDArray[np.float64]) -> Figure:
    low, high = np.quantile(drawn, TAILS)
    return Figure(value=float(observed), low=float(low), high=float(high))


def across(first: Decided, second: Decided, terms: Terms) -> Across:
    """Set two tables against each other on the test images, by id, that both have; strategy by strategy."""
    one, other = first.table.of_split("test"), second.table.of_split("test")
    shared, rows, others = np.intersect1d(one.id, other.id, return_indices=True)
    found = Across(first=first.name, second=second.name)
    if len(shared) == 0:
        return found.model_copy(update={"problem": "they have no test image in common: their ids differ"})
    one, other = one.where(rows), other.where(others)
    if (unlike := one.label != other.label).any():
        problem = (
            f"{shared[unlike][0]} is labelled {one.label[unlike][0]} in one, {other.label[unlike][0]} in the other"
        )
        return found.model_copy(update={"problem": problem})
    pairs: dict[str, Pair] = {}
    for former, latter in zip(first.evaluated, second.evaluated, strict=True):
        if former.applied is not None and latter.applied is not None:
            pair = _same(first, former.applied, second, latter.applied, terms)
            pairs |= {} if pair is None else {former.document.label: pair}
    update = {
        "n_normal": int((one.label == 0).sum()),
        "n_anomalous": int((one.label == 1).sum()),
        "auroc_difference": auroc_difference(one.label, one.score, other.score),
        "pairs": pairs,
    }
    return found.model_copy(update=update)


def _same(first: Decided, former: Applied, second: Decided, latter: Applied, terms: Terms) -> Pair | None:
    """Return a strategy's pair on two tables; None where the images that both decided are not of both classes."""
    ids = first.table.id[former.rows], second.table.id[latter.rows]
    _, rows, others = np.intersect1d(*ids, return_indices=True)
    codes = np.stack([former.codes[rows], latter.codes[others]], axis=1)
    valid = valid_rows(codes)
    codes, decided = codes[valid], first.table.where(former.rows[rows][valid])
    if len(set(decided.label.tolist())) < 2:
        return None
    [pair] = _pairs(
        _counted([first.name, second.name], codes, decided, terms), right(codes, decided.label), terms.costs
    )
    return pair
