"""What a threshold strategy does, as far as its traits say so."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from hypothesis import strategies as st
from pydantic import ValidationError

from adfw.component import Component
from adfw.errors import ThresholdNotIdentifiable
from adfw.interfaces import Cut
from adfw.testing.check import Check, Failure, Subject, require
from adfw.testing.tables import ScoredImages, scores_with_labels
from adfw.testing.threshold_contract import fit, fit_or_skip, require_same
from adfw.thresholds.decision import decide

if TYPE_CHECKING:
    from collections.abc import Callable

    Objective = Callable[[int, int, int, int], float]

DRAWS, SIZES = 300, (50, 400, 3000)


@dataclass(frozen=True, eq=False, repr=False)
class Moved:
    """Scores, and a scale and a shift that float64 applies to them without rounding."""

    table: ScoredImages
    scale: float
    shift: float

    def __repr__(self) -> str:
        return f"{self.table!r}; scores times {self.scale:g} plus {self.shift:g}"


def affine_equivariant(subject: Subject, case: Moved) -> None:
    """Scores in another unit have the same cut in that unit."""
    moved = ScoredImages(case.table.scores * case.scale + case.shift, case.table.labels)
    one, other = fit(subject.built, case.table), fit(subject.built, moved)
    require((one is None) == (other is None), "another unit of the scores decides whether there is a cut")
    if one is not None and other is not None:
        value = one.value * case.scale + case.shift
        same = value == other.value or math.isclose(value, other.value, rel_tol=1e-9, abs_tol=1e-9)
        require(same, f"the cut is {other.value!r} instead of {value!r}")
        alike = (decide(case.table.scores, one) == decide(moved.scores, other)).all()
        require(alike, "in another unit it decides otherwise")


def duplicate_invariant(subject: Subject, case: ScoredImages) -> None:
    """Every score twice decides alike."""
    twice = ScoredImages(np.repeat(case.scores, 2), np.repeat(case.labels, 2))
    require_same(fit(subject.built, case), fit(subject.built, twice), case, "every score twice gives another cut")


def objective(subject: Subject, case: ScoredImages) -> None:
    """The objective it reports is that of its decisions under >=, and no other cut betters it."""
    cut, function = fit_or_skip(subject.built, case), subject.trait("objective")
    require(cut.objective is not None, "it declares an objective, but its cut reports none")
    mine = _value(function, case, cut.value)
    reported = cut.objective if cut.objective is not None else math.nan
    require(math.isclose(mine, reported, rel_tol=1e-9, abs_tol=1e-12), f"it reports {reported!r}, but decides {mine!r}")
    rivals = {float(rival): _value(function, case, float(rival)) for rival in (*np.unique(case.scores), math.inf)}
    highest = subject.trait("goal") == "highest"
    best = (max if highest else min)(rivals, key=lambda rival: rivals[rival])
    beaten = rivals[best] - mine if highest else mine - rivals[best]
    require(
        beaten <= 1e-9 * max(1.0, abs(mine)), f"its cut at {cut.value!r} has {mine!r}, one at {best!r} {rivals[best]!r}"
    )


def _value(function: Objective, case: ScoredImages, value: float) -> float:
    flagged, anomalous = decide(case.scores, Cut(value)) == "anomalous", case.labels == 1
    pairs = ((flagged, anomalous), (flagged, ~anomalous), (~flagged, anomalous), (~flagged, ~anomalous))
    return function(*(int((one & other).sum()) for one, other in pairs))


def false_alarms(subject: Subject, _: None) -> None:
    """New normal scores are flagged as rarely as promised, over many calibration sets."""
    rate, confidence = subject.trait("false_alarms")
    realised = _realised_rates(subject)
    mean = float(realised.mean())
    if confidence is None:
        most = rate + 4 * float(realised.std()) / math.sqrt(len(realised))
        require(mean <= most, f"it keeps {rate:g} on average; {len(realised)} calibration sets gave {mean:.4g}")
    else:
        broken, sd = float((realised > rate).mean()), math.sqrt(confidence * (1 - confidence) / len(realised))
        require(
            broken <= 1 - confidence + 4 * sd,
            f"it keeps {rate:g} with confidence {confidence:g}; {100 * broken:.3g} % of the calibration sets broke it",
        )


def _realised_rates(subject: Subject) -> np.ndarray:
    """Return the false-alarm rates of cuts fitted on uniform scores, where the rate above a cut t is 1 - t."""
    for size in SIZES:
        source = np.random.default_rng(size)
        try:
            cuts = [_fit_uniform(subject, source.random(size)) for _ in range(DRAWS)]
        except ThresholdNotIdentifiable:
            continue
        if not all(cut == math.inf for cut in cuts):
            return 1 - np.clip(cuts, 0, 1)
    return np.zeros(1)


def _fit_uniform(subject: Subject, normal: np.ndarray) -> float:
    scores = np.concatenate([normal, normal + 0.5])
    return float(subject.built.fit(scores, np.repeat([0, 1], len(normal))).value)


def monotone(subject: Subject, case: ScoredImages) -> None:
    """Fields that are said to raise or lower the cut do."""
    for name, way in subject.trait("monotone").items():
        larger = _grown(subject.component, name)
        cut, other = fit(subject.built, case), fit(larger.build(), case)
        if cut is not None and other is not None:
            right = other.value >= cut.value if way == "raises" else other.value <= cut.value
            require(right, f"a larger {name} {way} the cut, it says, but took it from {cut.value!r} to {other.value!r}")


def _grown(config: object, name: str) -> Component[Any]:
    """Return the configuration with one field larger; raises ValueError where no larger value is allowed."""
    if not isinstance(config, Component):
        raise Failure("`monotone` names fields of a configuration; pass that instead of what it builds")
    value = getattr(config, name)
    for larger in (value * 1.5, value + (1 - value) / 2):
        try:
            grown: Component[Any] = type(config).model_validate({**config.model_dump(), name: larger})
        except ValidationError:
            continue
        return grown
    raise ValueError(f"{name}={value!r} cannot grow; check a configuration with a smaller one")


_ANY = scores_with_labels()
_MOVED = st.builds(Moved, _ANY, st.sampled_from([0.25, 1.0, 8.0]), st.sampled_from([0.0, 5.0, -3.0]))
CHECKS = (
    Check(affine_equivariant, _MOVED, "affine_equivariant"),
    Check(duplicate_invariant, _ANY, "duplicate_invariant"),
    Check(objective, _ANY, "objective", lambda function: function is not None, ()),
    Check(false_alarms, None, "false_alarms", lambda rate: rate is not None, ()),
    Check(monotone, _ANY, "monotone", bool, ()),
)
