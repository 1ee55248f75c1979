"""What a cut decided on labelled images: confusion counts, and rates with their intervals."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from adfw.evaluation.figure import Figure
from adfw.evaluation.intervals import LEVEL, clopper_pearson, rate
from adfw.report.document import Confusion
from adfw.thresholds.decision import VERDICTS

if TYPE_CHECKING:
    import numpy.typing as npt

UNNAMED = "unnamed"
"""The key under which anomalous images without a defect type are counted."""


def classification(
    labels: npt.NDArray[np.int64], verdicts: npt.NDArray[np.str_], defects: npt.NDArray[np.str_]
) -> tuple[Confusion, dict[str, Figure], dict[str, Figure]]:
    """Count (N,) verdicts against (N,) labels; return confusion, figures and the recall of each defect type.

    An image sent to review counts in every denominator and in no numerator but `review_rate`: it is neither a correct
    nor a wrong verdict, and never passed. An invalid image counts in `invalid_rate` alone.
    """
    if not len(labels) == len(verdicts) == len(defects):
        raise ValueError("labels, verdicts and defects have equal lengths")
    confusion = _confusion(labels, verdicts)
    anomalous = labels == 1
    names, of_anomalous = defects[anomalous], verdicts[anomalous]
    names = np.where(names == "", UNNAMED, names)
    flagged, valid = of_anomalous == "anomalous", of_anomalous != "invalid"
    recalls = {
        str(name): rate(int(flagged[names == name].sum()), int(valid[names == name].sum())) for name in np.unique(names)
    }
    return confusion, _figures(confusion), recalls


def _confusion(labels: npt.NDArray[np.int64], verdicts: npt.NDArray[np.str_]) -> Confusion:
    reached = {name: verdicts == name for name in VERDICTS.tolist()}
    if sum(int(rows.sum()) for rows in reached.values()) != len(verdicts):
        unknown = sorted(set(np.unique(verdicts).tolist()) - reached.keys())
        raise ValueError(f"unknown verdicts {unknown}; allowed: {', '.join(reached)}")

    def count(label: int, verdict: str) -> int:
        return int((reached[verdict] & (labels == label)).sum())

    return Confusion(
        true_normal=count(0, "normal"),
        false_anomalous=count(0, "anomalous"),
        false_normal=count(1, "normal"),
        true_anomalous=count(1, "anomalous"),
        review_normal=count(0, "review"),
        review_anomalous=count(1, "review"),
        invalid=int(reached["invalid"].sum()),
    )


def _figures(c: Confusion) -> dict[str, Figure]:
    normal = c.true_normal + c.false_anomalous + c.review_normal
    anomalous = c.true_anomalous + c.false_normal + c.review_anomalous
    total = normal + anomalous
    figures = {
        "accuracy": rate(c.true_normal + c.true_anomalous, total),
        "precision": rate(c.true_anomalous, c.true_anomalous + c.false_anomalous, of="images flagged as anomalous"),
        "recall": rate(c.true_anomalous, anomalous, of="anomalous images"),
        "f1": _f1(c.true_anomalous, c.false_anomalous, normal, anomalous),
        "false_alarm_rate": rate(c.false_anomalous, normal, of="normal images"),
    }
    review = c.review_normal + c.review_anomalous
    if review:
        figures["review_rate"] = rate(review, total)
        figures["escape_rate"] = rate(c.false_normal, anomalous, of="anomalous images")
    if c.invalid:
        figures["invalid_rate"] = rate(c.invalid, total + c.invalid)
    return figures


def _f1(hits: int, alarms: int, normal: int, anomalous: int) -> Figure:
    """Return the F1 score with an interval that covers at least 95 % at the test set's share of anomalies.

    F1 rises with the recall and falls with the false-alarm rate, and the two classes are drawn independently; so the
    corners of two Clopper-Pearson intervals of level sqrt(0.95) bound it. Unlike the bootstrap's, the interval has a
    width at F1 = 1.
    """
    if anomalous == 0:
        return Figure.undefined("there are no anomalous images to count")
    level = LEVEL**0.5
    recall = clopper_pearson(hits, anomalous, level)
    alarm = clopper_pearson(alarms, normal, level) if normal else (0.0, 0.0)

    def f1(recall: float, alarm: float) -> float:
        return 2 * recall * anomalous / (anomalous + recall * anomalous + alarm * normal)

    return Figure(
        value=2 * hits / (anomalous + hits + alarms), low=f1(recall[0], alarm[1]), high=f1(recall[1], alarm[0])
    )
