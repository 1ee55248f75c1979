"""One of PyThresh's rules as a strategy: its silences made loud, its normalised limit made a cut of raw scores."""

from __future__ import annotations

import math
import warnings
from contextlib import contextmanager
from importlib import import_module
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from adfw import Cut, Threshold, ThresholdNotIdentifiable, check_scores

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Literal

    import numpy.typing as npt

LEAST = 10
"""Scores below which an estimate of their density or quartiles says nothing."""
WITH_FALLBACK = {"fgd", "mtt"}
"""Rules that would answer "flag nothing" where they find no limit, unless they are told to raise."""


class NormalScores(Threshold):
    """Fits a rule on the normal scores alone."""

    needs: ClassVar[Literal["none", "normal_scores", "labelled_scores"]] = "normal_scores"

    def __init__(self, rule: str) -> None:
        self.rule = rule

    def fit(self, scores: npt.NDArray[np.float64], labels: npt.NDArray[np.int64]) -> Cut:
        """Raises ThresholdNotIdentifiable where the rule finds no limit; PyThresh itself would flag nothing, or all."""
        scores, labels = check_scores(scores, labels)
        seen = np.sort(self.shown(scores, labels))  # sums of floats depend on the order, a cut must not
        limit, normalised = self.limit(seen)
        low, high = float(seen[0]), float(seen[-1])
        flagged = normalised >= limit
        if flagged.all():
            raise ThresholdNotIdentifiable(f"{self.rule} flags all {len(seen)} scores; it takes scores with a spread")
        lower, upper = float(seen[~flagged][-1]), float(seen[flagged][0]) if flagged.any() else math.inf
        value = min(max(low + limit * (high - low), math.nextafter(lower, math.inf)), upper)
        return Cut(
            value=value,
            n_normal=int((labels == 0).sum()),
            n_anomalous=0 if self.needs == "normal_scores" else int((labels == 1).sum()),
            plateau=(lower, upper),
            ties=int((seen == upper).sum()),
            warnings=(f"PyThresh's {self.rule} promises no rate of false alarms or misses",),
            parameters={"normalised_limit": limit},
            degenerate=not flagged.any(),
        )

    def shown(self, scores: npt.NDArray[np.float64], labels: npt.NDArray[np.int64]) -> npt.NDArray[np.float64]:
        """Return the (N,) scores the rule sees."""
        normal: npt.NDArray[np.float64] = scores[labels == 0]
        return normal

    def limit(self, ascending: npt.NDArray[np.float64]) -> tuple[float, npt.NDArray[np.float64]]:
        """Return the rule's limit and the (N,) scores on the scale it applies to, on which they span [0, 1]."""
        if len(ascending) < LEAST:
            raise ThresholdNotIdentifiable(f"{self.rule} takes at least {LEAST} scores; there are {len(ascending)}")
        span = float(ascending[-1] - ascending[0])
        if not 0 < span < math.inf:
            raise ThresholdNotIdentifiable(f"{self.rule} takes finite scores that differ; these span {span:g}")
        normalised = (ascending - ascending[0]) / span  # as PyThresh does: it finds these unchanged
        try:
            with quiet():
                rule = rule_of(self.rule)
                rule.eval(normalised)
        except (ValueError, ArithmeticError, np.linalg.LinAlgError) as error:
            raise ThresholdNotIdentifiable(f"{self.rule} finds no limit in {len(ascending)} scores: {error}") from error
        found = float(rule.thresh_)
        if not math.isfinite(found):
            raise ThresholdNotIdentifiable(f"{self.rule} gives the limit {found} for {len(ascending)} scores")
        return found, normalised


class MixedScores(NormalScores):
    """Fits a rule on normal and anomalous scores together, as PyThresh means it; the rule does not see the labels."""

    needs: ClassVar[Literal["none", "normal_scores", "labelled_scores"]] = "labelled_scores"

    def shown(self, scores: npt.NDArray[np.float64], labels: npt.NDArray[np.int64]) -> npt.NDArray[np.float64]:
        """Return all scores; raises ThresholdNotIdentifiable where none is anomalous, as the rule finds some anyway."""
        if not (labels == 1).any() or not (labels == 0).any():
            raise ThresholdNotIdentifiable("it takes at least 1 normal and 1 anomalous score; there is only one kind")
        return scores


def rule_of(name: str) -> Any:
    """Return PyThresh's rule of that name."""
    rule = getattr(import_module(f"pythresh.thresholds.{name}"), name.upper())
    return rule(fallback="raise") if name in WITH_FALLBACK else rule()


@contextmanager
def quiet() -> Iterator[None]:
    """Put numpy's global generator back, which PyThresh seeds, and warn of no limit that is refused anyway."""
    state = np.random.get_state()
    try:
        with warnings.catch_warnings(), np.errstate(all="ignore"):
            warnings.simplefilter("ignore")
            yield
    finally:
        np.random.set_state(state)
