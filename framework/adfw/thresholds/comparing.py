"""Many strategies on one or many score tables: no training, no model, any tool's scores."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import combinations
from typing import TYPE_CHECKING

import numpy as np

from adfw.catalog import Catalog
from adfw.evaluation.figure import Figure
from adfw.scores import ScoreTable
from adfw.thresholds.arrays import Arrays
from adfw.thresholds.choosing import choose
from adfw.thresholds.comparison import ComparedTable, Comparison, Pair
from adfw.thresholds.costs import Costs
from adfw.thresholds.evaluate import Evaluated, Terms, evaluate_strategies
from adfw.thresholds.paired import mcnemar, paired_shares, right, valid_rows
from adfw.thresholds.pricing import TAILS, price
from adfw.thresholds.words import sentences

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy.typing as npt

    from adfw.component import Component
    from adfw.interfaces import Threshold
    from adfw.thresholds.choosing import Wanted
    from adfw.thresholds.paired import Shares


def compare(  # noqa: PLR0913 - keywords with defaults
    scores: npt.ArrayLike | ScoreTable | Mapping[str, ScoreTable],
    labels: npt.ArrayLike | None = None,
    *,
    strategies: Sequence[Wanted] | None = None,
    costs: Costs | Mapping[str, float] | None = None,
    calibration: npt.ArrayLike | None = None,
    defects: Sequence[str] | None = None,
    groups: Sequence[str] | None = None,
    protocol: str = "auto",
    draws: int = 2000,
    seed: int = 0,
    catalog: Catalog | None = None,
) -> Comparison:
    """Compare threshold strategies on (N,) scores with (N,) labels 0 or 1, or on score tables.

    `calibration` (M,) are scores of held-out normal parts, `defects` (N,) types ("" for normal), `groups` (N,) the
    part or series a score belongs to. Without `strategies`, every installed one is taken that the costs complete.
    Raises InvalidScores, RecipeError or PluginError.
    """
    catalog = Catalog.discover() if catalog is None else catalog
    stated = _costs(costs)
    tables = _tables(scores, Arrays(labels, calibration, defects, groups))
    chosen = choose(strategies, catalog, stated)
    terms = Terms(protocol=protocol, seed=seed, costs=stated, draws=draws)
    return Comparison(
        tables=tuple(compare_table(name, table, chosen.strategies, terms) for name, table in tables.items()),
        costs=stated,
        protocol=protocol,
        draws=draws,
        seed=seed,
        sentences=tuple(chosen.left_out),
    )


def compare_table(
    name: str, table: ScoreTable, strategies: Sequence[Component[Threshold]], terms: Terms
) -> ComparedTable:
    """Compare strategies on one table."""
    evaluated = evaluate_strategies(strategies, table, terms)
    test = table.of_split("test")
    found = ComparedTable(
        name=name,
        n_normal=int((test.label == 0).sum()),
        n_anomalous=int((test.label == 1).sum()),
        strategies=tuple(one.document for one in evaluated),
        policies=_policies(terms.costs),
    )
    cuts = [one for one in evaluated if one.applied is not None]
    found = found.model_copy(update=_paired(cuts, table, terms)) if cuts else found
    return found.model_copy(update={"sentences": tuple(sentences(found, terms.draws))})


def _paired(evaluated: Sequence[Evaluated], table: ScoreTable, terms: Terms) -> dict[str, object]:
    applied = [one.applied for one in evaluated if one.applied is not None]
    rows, codes = applied[0].rows, np.stack([one.codes for one in applied], axis=1)
    valid = valid_rows(codes)
    codes, decided = codes[valid], table.where(rows[valid])
    if len(set(decided.label.tolist())) < 2:
        return {}
    units = None if decided.group is None else decided.unit()
    observed, drawn = paired_shares(codes, decided.label, units, terms.draws, terms.seed)
    labels = [one.document.label for one in evaluated]
    counted = _Counted(labels, observed, drawn, (int((decided.label == 0).sum()), int((decided.label == 1).sum())))
    correct = right(codes, decided.label)
    update: dict[str, object] = {"pairs": tuple(_pairs(counted, correct, terms.costs))}
    priced = _priced(observed, terms.costs)
    if terms.costs is not None and priced is not None:
        best = int(np.argmin(priced))
        costs = price(drawn.normal, drawn.anomalous, terms.costs)
        share = float((costs[:, best] <= costs.min(axis=1) * (1 + 1e-12)).mean())
        update |= {"best": labels[best], "best_share": share}
    return update


class _Counted:
    """Shares and their draws, by strategy."""

    def __init__(self, labels: list[str], observed: Shares, drawn: Shares, sizes: tuple[int, int]) -> None:
        self.labels, self.observed, self.drawn = labels, observed, drawn
        self.f1, self.f1_draws = observed.f1(*sizes), drawn.f1(*sizes)


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


def _policies(costs: Costs | None) -> dict[str, Figure]:
    if costs is None:
        return {}
    return {"never reject": Figure(value=costs.never_reject()), "reject all": Figure(value=costs.reject_all())}


def _costs(costs: Costs | Mapping[str, float] | None) -> Costs | None:
    return Costs(**costs) if isinstance(costs, Mapping) else costs


def _tables(scores: npt.ArrayLike | ScoreTable | Mapping[str, ScoreTable], arrays: Arrays) -> Mapping[str, ScoreTable]:
    if isinstance(scores, ScoreTable):
        return {"scores": scores}
    return scores if isinstance(scores, Mapping) else {"scores": arrays.table(scores)}
