"""Threshold strategies broken on purpose: each is caught by the check it is paired with, and each check catches one."""

from __future__ import annotations

import math
from typing import Literal

import numpy as np
import pytest

from adfw import (
    Component,
    Cut,
    InvalidScores,
    Threshold,
    ThresholdNotIdentifiable,
    ThresholdTraits,
    check_scores,
)
from adfw.testing import Failure, check_plugin
from adfw.testing.check import Subject
from adfw.testing.kit import required


def f1(tp, fp, fn, tn):
    return 2 * tp / (2 * tp + fn + fp) if tp else 0.0


class RightF1(Threshold):
    """Largest F1 by brute force, at the score itself."""

    needs = "labelled_scores"
    traits = ThresholdTraits(affine_equivariant=True, duplicate_invariant=True, objective=f1)

    def fit(self, scores, labels):
        scores, labels = check_scores(scores, labels)
        if len(set(labels.tolist())) < 2:
            raise ThresholdNotIdentifiable("it takes 1 normal and 1 anomalous score")
        best = max(sorted({*scores.tolist(), math.inf}), key=lambda t: (self.value(scores, labels, t), t))
        return Cut(
            self.place(scores, best), objective=self.value(scores, labels, best), **self.extra(scores, labels, best)
        )

    def value(self, scores, labels, t):
        tp, fp = int(((scores >= t) & (labels == 1)).sum()), int(((scores >= t) & (labels == 0)).sum())
        return f1(tp, fp, int((labels == 1).sum()) - tp, 0)

    def place(self, scores, best):
        return best

    def extra(self, scores, labels, best):
        return {"n_normal": int((labels == 0).sum()), "n_anomalous": int((labels == 1).sum())}


class RightMaximum(Threshold):
    """Just above the largest normal score."""

    needs = "normal_scores"
    traits = ThresholdTraits(affine_equivariant=True, duplicate_invariant=True)

    def fit(self, scores, labels):
        scores, labels = check_scores(scores, labels)
        return Cut(self.value(np.sort(self.normals(scores, labels))))

    def normals(self, scores, labels):
        normal = scores[labels == 0]
        if not len(normal):
            raise ThresholdNotIdentifiable("it takes 1 normal score")
        return normal

    def value(self, normal):
        return math.nextafter(float(normal[-1]), math.inf)


class RightStated(Threshold):
    """A stated value."""

    needs = "none"
    traits = ThresholdTraits(duplicate_invariant=True)

    def fit(self, scores, labels):
        return Cut(0.5)


class RightConformal(RightMaximum):
    """The rank that keeps one false alarm in five, on average."""

    alpha = 0.2
    traits = ThresholdTraits(affine_equivariant=True, false_alarms=(0.2, None))

    def value(self, normal):
        rank = math.ceil((len(normal) + 1) * (1 - self.alpha))
        return math.nextafter(float(normal[rank - 1]), math.inf) if rank <= len(normal) else math.inf


class AppliedStrictly(RightF1):
    """Fitted with >=, applied with >: places the cut above the score it picked, as anomalib 2.7 does in effect."""

    def place(self, scores, best):
        return math.nextafter(best, math.inf)


class FirstLocalMaximum(RightF1):
    """Stops at the first F1 that is no better than the one before."""

    def fit(self, scores, labels):
        cut = super().fit(scores, labels)
        last = -1.0
        for t in sorted(set(scores.tolist())):
            value = self.value(scores, labels, t)
            if value < last:
                break
            cut, last = Cut(t, objective=value), value
        return cut


class LowestForNoAnomalies(RightF1):
    """Falls back to the lowest score where there are no anomalies, as anomalib did."""

    def fit(self, scores, labels):
        return super().fit(scores, labels) if labels.any() else Cut(np.min(scores))


class Raises(RightMaximum):
    """Fails on a set without normal scores."""

    def normals(self, scores, labels):
        return scores[labels == 0]


class SaysNothing(RightF1):
    """Gives no reason."""

    def fit(self, scores, labels):
        if len(set(labels.tolist())) < 2:
            raise ThresholdNotIdentifiable
        return super().fit(scores, labels)


class TooWidePlateau(RightF1):
    """Reports all cuts as equal."""

    def extra(self, scores, labels, best):
        return {"plateau": (-math.inf, math.inf)}


class ClosedPlateau(RightF1):
    """Reports a plateau that the value is not in."""

    def extra(self, scores, labels, best):
        return {"plateau": (best, math.inf)}


class MiscountedNormals(RightF1):
    """Counts all scores as normal."""

    def extra(self, scores, labels, best):
        return {"n_normal": len(scores)}


class LastScores(RightMaximum):
    """Looks at the last ten scores."""

    def normals(self, scores, labels):
        return super().normals(scores, labels)[-3:]

    def fit(self, scores, labels):
        scores, labels = check_scores(scores, labels)
        return Cut(math.nextafter(float(self.normals(scores, labels).max()), math.inf))


class Remembers(RightMaximum):
    """The largest normal score ever seen."""

    seen = -math.inf

    def value(self, normal):
        self.seen = max(self.seen, super().value(normal))
        return self.seen


class Bootstraps(RightMaximum):
    """The mean maximum of resampled scores, drawn from the global generator."""

    def value(self, normal):
        draws = [np.random.choice(normal).max() for _ in range(5)]
        return float(np.mean(draws))


class SortsInPlace(RightMaximum):
    """Sorts the scores it was given."""

    def fit(self, scores, labels):
        if scores.flags.writeable:
            scores.sort()
        return super().fit(scores, labels)


class LooksAtAnomalies(RightMaximum):
    """Says that it needs normal scores, and looks at all."""

    def normals(self, scores, labels):
        super().normals(scores, labels)
        return scores


class PassesNan(RightMaximum):
    """Leaves out NaN without a word."""

    def fit(self, scores, labels):
        return super().fit(np.nan_to_num(scores, neginf=0), labels)


class RefusesInfinity(RightMaximum):
    """Takes +inf for a mistake."""

    def fit(self, scores, labels):
        if np.isinf(scores).any():
            raise InvalidScores("infinite")
        return super().fit(scores, labels)


class NumpyFigures(RightMaximum):
    """Reports what JSON cannot hold."""

    def fit(self, scores, labels):
        cut = super().fit(scores, labels)
        return Cut(cut.value, parameters={"margin": math.nan})


class KeepsFunction(RightMaximum):
    """Holds a function that cannot be pickled."""

    def __init__(self):
        self.place = lambda value: value

    def __deepcopy__(self, memo):
        return type(self)()


class NeedsEverything(RightMaximum):
    """Names a need there is not."""

    needs = "all"


class NumpyValue(RightMaximum):
    """Returns an integer rank for a value."""

    def value(self, normal):
        return len(normal)


class AbsoluteMargin(RightMaximum):
    """Adds a margin in the unit of the scores, and declares itself free of units."""

    def value(self, normal):
        return super().value(normal) + 0.1


class CountsImages(RightMaximum):
    """A rank from the top that ignores how many scores there are, declared blind to duplicates."""

    def value(self, normal):
        return float(normal[-2]) if len(normal) > 1 else float(normal[-1])


class FloatRank(RightConformal):
    """numpy's default percentile for a conformal rank."""

    alpha = 0.2
    traits = ThresholdTraits(false_alarms=(0.1, None))


class TooConfident(RightConformal):
    """Promises with confidence what it keeps on average."""

    traits = ThresholdTraits(false_alarms=(0.2, 0.9))


class WrongWayConfig(Component[Threshold]):
    """Declares that its field lowers the cut, which it raises."""

    name: Literal["wrong_way"] = "wrong_way"
    value: float = 0.5

    def build(self):
        return WrongWay(self.value)


class WrongWay(RightStated):
    traits = ThresholdTraits(monotone={"value": "lowers"})

    def __init__(self, stated=0.5):
        self.stated = stated

    def fit(self, scores, labels):
        return Cut(self.stated)


class RightWay(WrongWay):
    traits = ThresholdTraits(monotone={"value": "raises"})


class RightWayConfig(WrongWayConfig):
    """Declares that its field raises the cut."""

    def build(self):
        return RightWay(self.value)


FAULTS = {
    AppliedStrictly: "objective",
    FirstLocalMaximum: "objective",
    LowestForNoAnomalies: "labels_required",
    NumpyValue: "cut_or_reason",
    Raises: "cut_or_reason",
    SaysNothing: "cut_or_reason",
    TooWidePlateau: "plateau_true",
    ClosedPlateau: "plateau_true",
    MiscountedNormals: "counts_true",
    LastScores: "order_ignored",
    Remembers: "stateless",
    Bootstraps: "surroundings_untouched",
    SortsInPlace: "input_untouched",
    LooksAtAnomalies: "needs_true",
    PassesNan: "broken_scores_refused",
    RefusesInfinity: "infinity_taken",
    NumpyFigures: "written_and_read",
    KeepsFunction: "pickled",
    NeedsEverything: "needs_declared",
    AbsoluteMargin: "affine_equivariant",
    CountsImages: "duplicate_invariant",
    FloatRank: "false_alarms",
    TooConfident: "false_alarms",
    WrongWayConfig: "monotone",
}
RIGHT = [RightF1, RightMaximum, RightStated, RightConformal, RightWayConfig]


@pytest.mark.parametrize("threshold", RIGHT)
def test_right_strategies_pass_every_check(threshold):
    assert not check_plugin(threshold(), profile="quick").failed


@pytest.mark.parametrize(("fault", "name"), FAULTS.items(), ids=lambda one: getattr(one, "__name__", one))
def test_each_fault_is_caught_by_its_check(fault, name):
    subject = Subject(fault())
    (check,) = [check for check in required(subject) if check.name == name]
    with pytest.raises(Failure):
        check.run(subject, "ci", shrink=False)


def test_each_check_catches_a_fault():
    names = {check.name for threshold in RIGHT for check in required(Subject(threshold()))}
    assert names - {check.name for check in component_checks()} == set(FAULTS.values())


def component_checks():
    from adfw.testing.component_contract import CHECKS

    return CHECKS


def test_anomalibs_example_is_caught_in_words():
    subject = Subject(AppliedStrictly())
    (check,) = [check for check in required(subject) if check.name == "objective"]
    with pytest.raises(Failure, match=r"it reports .* but decides .*smallest example: normal scores"):
        check.run(subject)
