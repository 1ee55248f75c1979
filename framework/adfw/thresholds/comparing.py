"""Many strategies on one or many score tables: no training, no model, any tool's scores."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from itertools import combinations
from pathlib import Path
from typing import TYPE_CHECKING, cast

import numpy as np

from adfw.catalog import Catalog
from adfw.evaluation.figure import Figure
from adfw.scores import ScoreTable
from adfw.thresholds.arrays import Arrays
from adfw.thresholds.choosing import choose, with_recorded
from adfw.thresholds.comparison import ComparedTable, Comparison, Pair
from adfw.thresholds.costs import Costs
from adfw.thresholds.evaluate import Evaluated, Terms, evaluate_strategies
from adfw.thresholds.paired import mcnemar, paired_shares, right, valid_rows
from adfw.thresholds.pricing import TAILS, price
from adfw.thresholds.sources import Named, Opened, open_sources, recorded
from adfw.thresholds.words import sentences

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy.typing as npt

    from adfw.component import Component
    from adfw.interfaces import Threshold
    from adfw.thresholds.choosing import Wanted
    from adfw.thresholds.paired import Shares

    Source = ScoreTable | Mapping[str, ScoreTable] | Path | str


def compare(  # noqa: PLR0913 - keywords with defaults
    scores: npt.ArrayLike | Source | Sequence[Path | str],
    labels: npt.ArrayLike | None = None,
    *,
    strategies: Sequence[Wanted] | None = None,
    costs: Costs | Mapping[str, float] | None = None,
    calibration: npt.ArrayLike | None = None,
    defects: Sequence[str] | None = None,
    groups: Sequence[str] | None = None,
    scorer: str | None = None,
    protocol: str = "auto",
    draws: int = 2000,
    seed: int = 0,
    catalog: Catalog | None = None,
) -> Comparison:
    """Compare threshold strategies, without training.

    `scores` are (N,) numbers with (N,) labels 0 or 1; or a score table, or several by name; or the path of a CSV or a
    run, or a list of such paths. `calibration` (M,) are scores of held-out normal parts, `defects` (N,) types,
    `groups` (N,) the part or series a score belongs to; `scorer` names the scorer of a run, or "all". Without
    `strategies` every installed one is taken that the costs complete, and those of a run's recipe. Raises
    InvalidScores, RunError, RecipeError or PluginError.
    """
    catalog = Catalog.discover() if catalog is None else catalog
    opened = _opened(scores, Arrays(labels, calibration, defects, groups), scorer)
    stated = Costs(**costs) if isinstance(costs, Mapping) else costs
    stated = opened.costs if stated is None else stated
    chosen = choose(strategies, catalog, stated)
    if strategies is None:
        chosen = with_recorded(chosen, recorded(opened.strategies, catalog))
    terms = Terms(protocol=protocol, seed=seed, costs=stated, draws=draws)
    return Comparison(
        tables=tuple(compare_table(source, chosen.strategies, terms) for source in opened.tables),
        runs=opened.runs,
        costs=stated,
        protocol=protocol,
        draws=draws,
        seed=seed,
        sentences=(*opened.sentences, *chosen.left_out),
    )


def compare_table(source: Named, strategies: Sequence[Component[Threshold]], terms: Terms) -> ComparedTable:
    """Compare strategies on one table."""
    table, terms = source.table, replace(terms, scorer=source.scorer)
    evaluated = evaluate_strategies(strategies, table, terms)
    test = table.of_split("test")
    found = ComparedTable(
        name=source.name,
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
    known = {"pass all": costs.never_reject(), "reject all": costs.reject_all(), "refer all": costs.refer_all()}
    return {name: Figure(value=cost) for name, cost in known.items() if cost is not None}


def _opened(scores: npt.ArrayLike | Source | Sequence[Path | str], arrays: Arrays, scorer: str | None) -> Opened:
    if isinstance(scores, ScoreTable):
        return Opened([Named("scores", scores, scorer)])
    if isinstance(scores, Mapping):
        return Opened([Named(name, table, scorer) for name, table in scores.items()])
    if isinstance(scores, str | Path):
        return open_sources([Path(scores)], scorer)
    if isinstance(scores, list | tuple) and scores and all(isinstance(one, str | Path) for one in scores):
        return open_sources([Path(one) for one in scores], scorer)
    return Opened([Named("scores", arrays.table(cast("npt.ArrayLike", scores)), scorer)])
