"""Many strategies on one or many score tables: no training, no model, any tool's scores."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from itertools import combinations
from pathlib import Path
from typing import TYPE_CHECKING, cast

from adfw.catalog import Catalog
from adfw.evaluation.figure import Figure
from adfw.scores import ScoreTable
from adfw.thresholds.arrays import Arrays
from adfw.thresholds.choosing import choose, with_recorded
from adfw.thresholds.comparison import ComparedTable, Comparison
from adfw.thresholds.costs import Costs
from adfw.thresholds.evaluate import Terms, evaluate_strategies
from adfw.thresholds.pairing import Decided, across, within
from adfw.thresholds.resampling import MOST_DRAWS, affordable_draws
from adfw.thresholds.sources import Named, Opened, open_sources, recorded
from adfw.thresholds.words import sentences

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy.typing as npt

    from adfw.component import Component
    from adfw.interfaces import Threshold
    from adfw.thresholds.choosing import Wanted

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
    draws: int | None = None,
    seed: int = 0,
    catalog: Catalog | None = None,
) -> Comparison:
    """Compare threshold strategies, without training.

    `scores` are (N,) numbers with (N,) labels 0 or 1; or a score table, or several by name; or the path of a CSV or a
    run, or a list of such paths. `calibration` (M,) are scores of held-out normal parts, `defects` (N,) types,
    `groups` (N,) the part or series a score belongs to; `scorer` names the scorer of a run, or "all". Without
    `strategies` every installed one is taken that the costs complete, and those of a run's recipe; without `draws`
    2,000 bootstrap draws are made, fewer beyond 500,000 scores. Raises InvalidScores, RunError, RecipeError or
    PluginError.
    """
    catalog = Catalog.discover() if catalog is None else catalog
    opened = _opened(scores, Arrays(labels, calibration, defects, groups), scorer)
    stated = Costs(**costs) if isinstance(costs, Mapping) else costs
    stated = opened.costs if stated is None else stated
    chosen = choose(strategies, catalog, stated)
    if strategies is None:
        chosen = with_recorded(chosen, recorded(opened.strategies, catalog))
    made = affordable_draws(max(len(source.table) for source in opened.tables)) if draws is None else draws
    terms = Terms(protocol=protocol, seed=seed, costs=stated, draws=made)
    found = [_evaluated(source, chosen.strategies, terms) for source in opened.tables]
    return Comparison(
        tables=tuple(_compared(decided, terms) for decided in found),
        across=tuple(across(*two, terms) for two in combinations(found, 2)),
        runs=opened.runs,
        costs=stated,
        protocol=protocol,
        draws=made,
        seed=seed,
        sentences=(*opened.sentences, *chosen.left_out, *_fewer(made, draws)),
    )


def _fewer(made: int, wanted: int | None) -> tuple[str, ...]:
    if wanted is not None or made == MOST_DRAWS:
        return ()
    return (f"the intervals come from {made:,} bootstrap draws, not {MOST_DRAWS:,}: so many scores take their time",)


def _evaluated(source: Named, strategies: Sequence[Component[Threshold]], terms: Terms) -> Decided:
    terms = replace(terms, scorer=source.scorer)
    return Decided(source.name, source.table, evaluate_strategies(strategies, source.table, terms))


def _compared(decided: Decided, terms: Terms) -> ComparedTable:
    """Compare strategies on one table."""
    test = decided.table.label[decided.table.split == "test"]
    found = ComparedTable(
        name=decided.name,
        n_normal=int((test == 0).sum()),
        n_anomalous=int((test == 1).sum()),
        strategies=tuple(one.document for one in decided.evaluated),
        policies=_policies(terms.costs),
    )
    cuts = [one for one in decided.evaluated if one.applied is not None]
    found = found.model_copy(update=within(cuts, decided.table, terms)) if cuts else found
    return found.model_copy(update={"sentences": tuple(sentences(found, terms.draws))})


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
