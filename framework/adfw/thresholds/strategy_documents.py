"""Strategies on one score table, a document each: fitted by a protocol, applied to the test rows, measured, priced."""

from __future__ import annotations

import hashlib
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from adfw.errors import ThresholdNotIdentifiable
from adfw.evaluation import classification
from adfw.report.document import StrategyDocument
from adfw.thresholds.applying import Applied, apply_strategies
from adfw.thresholds.decision import VERDICTS
from adfw.thresholds.documents import cut_to_document
from adfw.thresholds.intervals import cut_intervals
from adfw.thresholds.leakage import leakage, validity
from adfw.thresholds.pricing import cost_per_1000

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy.typing as npt

    from adfw.component import Component
    from adfw.evaluation import Figure
    from adfw.interfaces import Threshold
    from adfw.report.document import Leakage, Validity
    from adfw.scores import ScoreTable
    from adfw.thresholds.applying import NotFitted
    from adfw.thresholds.costs import Costs
    from adfw.thresholds.intervals import Interval
    from adfw.thresholds.protocols import Plan

PIECE = 100_000
DRAWS = 1000
"""Bootstrap draws behind the interval of a cut."""


@dataclass(frozen=True)
class Terms:
    """How strategies are evaluated; `contents` (N,) are content hashes of the table's images, "" where unknown.

    `scorer` is the label of what made the scores: a strategy with a field `scorer` that names another is refused.
    """

    protocol: str = "auto"
    seed: int = 0
    costs: Costs | None = None
    scorer: str | None = None
    contents: npt.NDArray[np.str_] | None = None
    draws: int = DRAWS


class Evaluated(NamedTuple):
    """A strategy's document, and what it decided, row by row, or the error where it has no cut."""

    document: StrategyDocument
    applied: Applied | None
    error: NotFitted | None = None


def documents(strategies: Sequence[Component[Threshold]], table: ScoreTable, terms: Terms) -> list[Evaluated]:
    """Evaluate strategies on one table; they share folds, sorting and bootstrap draws, and decide the same rows."""
    thresholds = [strategy.build() for strategy in strategies]
    answers: list[Applied | NotFitted] = apply_strategies(thresholds, table, terms.protocol, terms.seed)
    answers = [_foreign(strategy, terms) or answer for strategy, answer in zip(strategies, answers, strict=True)]
    sources: dict[int, _Source] = {}
    for answer in answers:
        if isinstance(answer, Applied) and id(answer.plan) not in sources:
            sources[id(answer.plan)] = _Source.of(answer.plan, table, terms)
    intervals = _intervals(thresholds, answers, table, terms)
    evaluated = []
    for strategy, answer, interval in zip(strategies, answers, intervals, strict=True):
        if isinstance(answer, Applied):
            document = _document(strategy, answer, sources[id(answer.plan)], interval, table, terms)
            evaluated.append(Evaluated(document, answer))
        else:
            evaluated.append(Evaluated(_problem(strategy, answer, terms), None, answer))
    return evaluated


class _Source(NamedTuple):
    """What strategies of one plan share in their documents."""

    leakage: Leakage
    validity: Validity
    digest: str

    @classmethod
    def of(cls, plan: Plan, table: ScoreTable, terms: Terms) -> _Source:
        return cls(leakage(table, plan, terms.contents), validity(table, plan), _digest(table.where(plan.ship)))


def _intervals(
    thresholds: Sequence[Threshold], answers: Sequence[Applied | NotFitted], table: ScoreTable, terms: Terms
) -> list[Interval | None]:
    intervals: list[Interval | None] = [None] * len(answers)
    plans = {id(answer.plan): answer.plan for answer in answers if isinstance(answer, Applied)}
    for key, plan in plans.items():
        members = [i for i, answer in enumerate(answers) if isinstance(answer, Applied) and id(answer.plan) == key]
        chosen = [thresholds[index] for index in members]
        found = cut_intervals(chosen, table.where(plan.ship), terms.draws, terms.seed)
        for index, interval in zip(members, found, strict=True):
            intervals[index] = interval
    return intervals


def _document(  # noqa: PLR0913, PLR0917 - one place where everything about a strategy comes together
    strategy: Component[Threshold],
    applied: Applied,
    source: _Source,
    interval: Interval | None,
    table: ScoreTable,
    terms: Terms,
) -> StrategyDocument:
    rows = applied.rows
    confusion, figures, recalls = classification(table.label[rows], VERDICTS[applied.codes], table.defect[rows])
    if terms.costs is not None:
        figures["cost_per_1000"] = cost_per_1000(confusion, terms.costs, terms.seed)
    return StrategyDocument(
        label=strategy.label(),
        config=strategy.model_dump(mode="json"),
        protocol=applied.plan.protocol,
        leakage=source.leakage,
        validity=source.validity,
        cut=cut_to_document(applied.cut),
        cut_interval=None if interval is None else (_finite(interval[0]), _finite(interval[1])),
        confusion=confusion,
        figures=_named(figures, oracle=source.leakage == "in_sample"),
        recall_by_defect=recalls,
        fit_digest=source.digest,
    )


def _problem(strategy: Component[Threshold], error: NotFitted, terms: Terms) -> StrategyDocument:
    label = strategy.label()
    return StrategyDocument(
        label=label,
        config=strategy.model_dump(mode="json"),
        protocol=terms.protocol,
        leakage="none",
        cut=None,
        problem=f"{label}: {error}",
    )


def _foreign(strategy: Component[Threshold], terms: Terms) -> ThresholdNotIdentifiable | None:
    wanted = getattr(strategy, "scorer", None)
    if terms.scorer is None or wanted in {None, terms.scorer}:
        return None
    return ThresholdNotIdentifiable(f"its value belongs to scores of {wanted}; these are scores of {terms.scorer}")


def _named(figures: dict[str, Figure], *, oracle: bool) -> dict[str, Figure]:
    return {f"oracle_{name}" if oracle else name: figure for name, figure in figures.items()}


def _finite(end: float) -> float | None:
    """Return an end of an interval as JSON can hold it: None where it lies at infinity."""
    return end if math.isfinite(end) else None


def _digest(table: ScoreTable) -> str:
    if len(table) == 0:
        return ""
    order = np.argsort(table.id, kind="stable")
    digest = hashlib.sha256()
    for start in range(0, len(order), PIECE):  # never all the ids as Python's text at once
        text = "\n".join(table.id[order[start : start + PIECE]].tolist())
        digest.update(text.encode() if start == 0 else f"\n{text}".encode())
    digest.update(table.score[order].astype("<f8").tobytes())
    return digest.hexdigest()
