from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import accuracy_score, f1_score, precision_score, recall_score

from adfw.evaluation import classification


def decisions(rows: list[tuple[int, str, str]]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    labels, verdicts, defects = zip(*rows, strict=True)
    return np.array(labels, dtype=np.int64), np.array(verdicts), np.array(defects)


def test_counts_rates_and_recall_of_each_defect() -> None:
    rows = (
        [(0, "normal", "")] * 18
        + [(0, "anomalous", "")] * 2
        + [(1, "anomalous", "crack")] * 6
        + [(1, "normal", "crack")] * 2
        + [(1, "normal", "poke")] * 4
    )
    confusion, figures, recalls = classification(*decisions(rows))
    assert confusion.model_dump() == {
        "true_normal": 18,
        "false_anomalous": 2,
        "false_normal": 6,
        "true_anomalous": 6,
        "review_normal": 0,
        "review_anomalous": 0,
        "invalid": 0,
    }
    assert list(figures) == ["accuracy", "precision", "recall", "f1", "false_alarm_rate"]
    assert figures["accuracy"].value == 24 / 32
    assert (figures["precision"].count, figures["precision"].total) == (6, 8)
    assert figures["false_alarm_rate"].value == 0.1
    assert {name: figure.value for name, figure in recalls.items()} == {"crack": 0.75, "poke": 0.0}


def test_review_and_invalid_are_never_passed() -> None:
    rows = [
        (0, "normal", ""),
        (0, "review", ""),
        (0, "invalid", ""),
        (1, "anomalous", "crack"),
        (1, "review", "crack"),
        (1, "invalid", "crack"),
    ]
    confusion, figures, recalls = classification(*decisions(rows))
    assert (confusion.review_normal, confusion.review_anomalous, confusion.invalid) == (1, 1, 2)
    assert (confusion.true_normal, confusion.false_normal) == (1, 0)
    assert (figures["accuracy"].count, figures["accuracy"].total) == (2, 4)
    assert (figures["recall"].count, figures["recall"].total) == (1, 2)
    assert (recalls["crack"].count, recalls["crack"].total) == (1, 2)
    assert figures["escape_rate"].value == 0
    assert (figures["review_rate"].count, figures["review_rate"].total) == (2, 4)
    assert (figures["invalid_rate"].count, figures["invalid_rate"].total) == (2, 6)


@pytest.mark.parametrize(
    ("label", "missing"), [(0, ["recall", "f1"]), (1, ["false_alarm_rate"])], ids=["no anomalies", "no normals"]
)
def test_rates_of_a_missing_class_are_undefined(label: int, missing: list[str]) -> None:
    _, figures, _ = classification(*decisions([(label, "anomalous", "crack" if label else "")]))
    assert [name for name, figure in figures.items() if figure.value is None] == missing
    assert all(figures[name].reason for name in missing)


def test_precision_is_undefined_where_nothing_was_flagged() -> None:
    _, figures, _ = classification(*decisions([(0, "normal", ""), (1, "normal", "crack")]))
    assert figures["precision"].value is None
    assert figures["precision"].reason == "there are no images flagged as anomalous to count"
    assert figures["f1"].value == 0


def test_an_anomaly_without_a_type_is_counted_as_unnamed() -> None:
    _, _, recalls = classification(*decisions([(1, "anomalous", ""), (0, "anomalous", "")]))
    assert {name: figure.total for name, figure in recalls.items()} == {"unnamed": 1}


def test_a_verdict_nobody_knows_is_refused() -> None:
    with pytest.raises(ValueError, match="unknown verdicts"):
        classification(*decisions([(0, "fine", "")]))


@given(st.lists(st.tuples(st.integers(0, 1), st.sampled_from(["normal", "anomalous"]), st.just("x")), min_size=1))
def test_the_figures_are_scikit_learns(rows: list[tuple[int, str, str]]) -> None:
    labels, verdicts, defects = decisions(rows)
    flagged = (verdicts == "anomalous").astype(int)
    confusion, figures, _ = classification(labels, verdicts, defects)
    assert sum(confusion.model_dump().values()) == len(rows)
    metrics = {"accuracy": accuracy_score, "precision": precision_score, "recall": recall_score, "f1": f1_score}
    for name, metric in metrics.items():
        figure = figures[name]
        if figure.value is not None:
            assert figure.value == pytest.approx(metric(labels, flagged))
            assert figure.low <= figure.value <= figure.high


def test_the_f1_interval_covers_the_truth() -> None:
    random, normal, anomalous, recall, alarm = np.random.default_rng(0), 23, 40, 0.9, 0.1
    truth = 2 * recall * anomalous / (anomalous + recall * anomalous + alarm * normal)
    covered = 0
    for hits, alarms in zip(random.binomial(anomalous, recall, 200), random.binomial(normal, alarm, 200), strict=True):
        rows = [(1, "anomalous", "")] * hits + [(1, "normal", "")] * (anomalous - hits)
        rows += [(0, "anomalous", "")] * alarms + [(0, "normal", "")] * (normal - alarms)
        f1 = classification(*decisions(rows))[1]["f1"]
        covered += f1.low <= truth <= f1.high
    assert covered >= 190


def test_a_perfect_f1_still_has_an_uncertainty() -> None:
    rows = [(0, "normal", "")] * 20 + [(1, "anomalous", "")] * 20
    f1 = classification(*decisions(rows))[1]["f1"]
    assert f1.value == 1
    assert 0.7 < f1.low < 0.9


def test_the_f1_interval_widens_with_doubt_about_false_alarms() -> None:
    hits = [(1, "anomalous", "")] * 20
    few = classification(*decisions([*hits, *[(0, "normal", "")] * 2]))[1]["f1"]
    many = classification(*decisions([*hits, *[(0, "normal", "")] * 40]))[1]["f1"]
    recall, alarm = 0.0127 ** (1 / 20), 1 - 0.0127 ** (1 / 2)  # Clopper-Pearson ends of level sqrt(0.95)
    assert few.low == pytest.approx(40 * recall / (20 + 20 * recall + 2 * alarm), abs=1e-3)
    assert many.low < few.low  # the rate of false alarms is better known, but weighs on twenty times as many images
