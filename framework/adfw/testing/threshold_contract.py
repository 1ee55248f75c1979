"""What every threshold strategy does: the contract, without any trait."""

from __future__ import annotations

import math
import pickle
from contextlib import suppress
from typing import TYPE_CHECKING

import numpy as np
from hypothesis import assume

from adfw.errors import InvalidScores, ThresholdNotIdentifiable
from adfw.interfaces import Cut
from adfw.testing.check import Check, Failure, Subject, require
from adfw.testing.surroundings import global_seed, left_alone
from adfw.testing.tables import ScoredImages, scores_with_labels
from adfw.thresholds.decision import decide
from adfw.thresholds.documents import cut_from_document, cut_to_document

if TYPE_CHECKING:
    from adfw.interfaces import Threshold


def fit(threshold: Threshold, case: ScoredImages) -> Cut | None:
    """Return the cut, or None where the strategy says that the scores determine none."""
    try:
        return threshold.fit(case.scores, case.labels)
    except ThresholdNotIdentifiable:
        return None


def fit_or_skip(threshold: Threshold, case: ScoredImages) -> Cut:
    """Return the cut; an example that determines none is not counted."""
    cut = fit(threshold, case)
    assume(cut is not None)
    assert cut is not None
    return cut


def require_same(one: Cut | None, other: Cut | None, case: ScoredImages, sentence: str) -> None:
    """Require the same decisions, and values apart by rounding only."""
    require((one is None) == (other is None), f"{sentence}: once there is a cut, once there is none")
    if one is not None and other is not None:
        close = one.value == other.value or math.isclose(one.value, other.value, rel_tol=1e-12, abs_tol=1e-12)
        alike = bool((decide(case.scores, one) == decide(case.scores, other)).all())
        require(close and alike, f"{sentence}: {one.value!r} and {other.value!r}")


def cut_or_reason(subject: Subject, case: ScoredImages) -> None:
    """Any finite scores give a cut, or ThresholdNotIdentifiable with the count it takes; nothing else is raised."""
    try:
        cut = subject.built.fit(case.scores, case.labels)
    except ThresholdNotIdentifiable as reason:
        require(str(reason).strip(), "ThresholdNotIdentifiable says nothing; name the count it takes")
        return
    require(isinstance(cut, Cut), f"fit() returns a {type(cut).__name__}, not a Cut")
    require(isinstance(cut.value, float), f"the cut's value is a {type(cut.value).__name__}, not a float")


def plateau_true(subject: Subject, case: ScoredImages) -> None:
    """The plateau holds the value, and no score it was fitted on lies inside it."""
    cut = fit_or_skip(subject.built, case)
    if cut.plateau is not None:
        lower, upper = cut.plateau
        require(lower < cut.value <= upper, f"the value {cut.value!r} is outside its plateau ({lower!r}, {upper!r}]")
        fitted = case.scores if subject.built.needs == "labelled_scores" else case.scores[case.labels == 0]
        inside = fitted[(fitted > lower) & (fitted < upper)]
        require(not len(inside), f"the score {inside[:1]} lies inside the plateau ({lower!r}, {upper!r}]")


def counts_true(subject: Subject, case: ScoredImages) -> None:
    """The numbers of normal and anomalous scores are those it was given, or 0 where it did not look at them."""
    cut = fit_or_skip(subject.built, case)
    for word, stated, label in (("normal", cut.n_normal, 0), ("anomalous", cut.n_anomalous, 1)):
        given = int((case.labels == label).sum())
        require(stated in (0, given), f"it states {stated} {word} scores; there are {given}")


def order_ignored(subject: Subject, case: ScoredImages) -> None:
    """The order of the scores does not matter."""
    order = np.argsort(case.scores, kind="stable")[::-1]
    other = ScoredImages(case.scores[order], case.labels[order])
    require_same(fit(subject.built, case), fit(subject.built, other), case, "another order gives another cut")


def stateless(subject: Subject, case: ScoredImages) -> None:
    """The same scores give the same cut: again, after other scores, and from a strategy built anew."""
    first = fit(subject.built, case)
    fit(subject.built, ScoredImages(case.scores * 3 + 1, case.labels))
    require(first == fit(subject.built, case), "its cut changes once it has been fitted on other scores")
    require(first == fit(subject.build(), case), "a strategy built anew gives another cut")


def surroundings_untouched(subject: Subject, case: ScoredImages) -> None:
    """Global random generators and settings are neither used nor changed."""
    with left_alone():
        first = fit(subject.built, case)
    with global_seed(1234):
        require(first == fit(subject.built, case), "its cut depends on the global random seed")


def input_untouched(subject: Subject, case: ScoredImages) -> None:
    """Scores and labels are read, never written."""
    scores, labels = case.scores.copy(), case.labels.copy()
    with suppress(ThresholdNotIdentifiable):
        subject.built.fit(scores, labels)
    untouched = np.array_equal(scores, case.scores) and np.array_equal(labels, case.labels)
    require(untouched, "fit() writes into the scores or the labels")


def needs_true(subject: Subject, case: ScoredImages) -> None:
    """Scores that `needs` does not name change nothing."""
    if subject.built.needs == "labelled_scores":
        return
    ignored = case.labels == 1 if subject.built.needs == "normal_scores" else np.ones(len(case.labels), dtype=bool)
    other = ScoredImages(np.where(ignored, case.scores * 2 + 3, case.scores), case.labels)
    one, two = fit(subject.built, case), fit(subject.built, other)
    values = [cut.value if cut else None for cut in (one, two)]
    require(values[0] == values[1], f"it needs {subject.built.needs!r}, yet others change its cut: {values}")


def labels_required(subject: Subject, case: ScoredImages) -> None:
    """A strategy that needs labelled scores falls back to nothing where there is no anomalous one."""
    if subject.built.needs == "labelled_scores":
        normal = ScoredImages(case.scores.copy(), np.zeros_like(case.labels))
        cut = fit(subject.built, normal)
        require(cut is None, f"without an anomalous score it gives {cut} instead of ThresholdNotIdentifiable")


def broken_scores_refused(subject: Subject, case: ScoredImages) -> None:
    """NaN and -inf raise InvalidScores; a cut from them would let broken images pass."""
    if subject.built.needs == "none":
        return
    for wrong in (math.nan, -math.inf):
        scores = np.where(np.arange(len(case.scores)) == np.argmin(case.labels), wrong, case.scores)
        try:
            cut = subject.built.fit(scores, case.labels)
        except (InvalidScores, ThresholdNotIdentifiable):
            continue
        raise Failure(f"scores with {wrong} give a cut at {cut.value!r} instead of InvalidScores")


def infinity_taken(subject: Subject, case: ScoredImages) -> None:
    """A score of +inf, certainly anomalous, is taken."""
    scores = np.where(np.arange(len(case.scores)) == np.argmax(case.labels), math.inf, case.scores)
    cut_or_reason(subject, ScoredImages(scores, case.labels))


def written_and_read(subject: Subject, case: ScoredImages) -> None:
    """A cut that is saved as JSON and read again is the same, bit by bit."""
    cut = fit_or_skip(subject.built, case)
    document = cut_to_document(cut)
    again = cut_from_document(type(document).model_validate_json(document.model_dump_json()))
    require(again == cut, f"{cut} comes back as {again}")


def pickled(subject: Subject, case: ScoredImages) -> None:
    """A strategy sent to another process gives the same cut."""
    copy = pickle.loads(pickle.dumps(subject.built))
    require(fit(subject.built, case) == fit(copy, case), "its pickled copy gives another cut")


def needs_declared(subject: Subject, _: None) -> None:
    """`needs` is one of none, normal_scores and labelled_scores."""
    needs = getattr(subject.built, "needs", None)
    allowed = ("none", "normal_scores", "labelled_scores")
    require(needs in allowed, f"needs is {needs!r}; allowed: {', '.join(allowed)}")


_ANY = scores_with_labels()
CHECKS = (
    Check(needs_declared, None),
    Check(cut_or_reason, _ANY),
    Check(plateau_true, _ANY),
    Check(counts_true, _ANY),
    Check(order_ignored, _ANY),
    Check(stateless, _ANY),
    Check(surroundings_untouched, _ANY),
    Check(input_untouched, _ANY),
    Check(needs_true, _ANY),
    Check(labels_required, _ANY),
    Check(broken_scores_refused, _ANY),
    Check(infinity_taken, _ANY),
    Check(written_and_read, _ANY),
    Check(pickled, _ANY),
)
