from __future__ import annotations

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from scipy.stats import norm
from sklearn.metrics import average_precision_score, roc_auc_score

from adfw import InvalidScores
from adfw.evaluation import Figure, ranking, separation
from adfw.evaluation.image_metrics import _auroc

rows = st.lists(st.tuples(st.integers(0, 1), st.integers(-6, 6)), min_size=2, max_size=30)


def columns(rows: list[tuple[int, float]]) -> tuple[np.ndarray, np.ndarray]:
    labels, scores = zip(*rows, strict=True)
    return np.array(labels, dtype=np.int64), np.array(scores, dtype=np.float64)


@given(rows)
def test_the_values_are_scikit_learns_with_ties(rows: list[tuple[int, float]]) -> None:
    labels, scores = columns(rows)
    assume(0 < labels.sum() < len(labels))
    figures = ranking(labels, scores)
    assert figures["auroc"].value == pytest.approx(roc_auc_score(labels, scores))
    assert figures["average_precision"].value == pytest.approx(average_precision_score(labels, scores))
    assert 0 <= figures["auroc"].low <= figures["auroc"].value <= figures["auroc"].high <= 1


@given(rows, st.randoms())
def test_the_order_of_the_images_changes_no_value(rows: list[tuple[int, float]], random: object) -> None:
    labels, scores = columns(rows)
    assume(0 < labels.sum() < len(labels))
    order = np.array(random.sample(range(len(rows)), len(rows)))
    for name, figure in ranking(labels, scores).items():
        assert ranking(labels[order], scores[order])[name].value == pytest.approx(figure.value)


@given(rows)
def test_turning_the_scores_round_mirrors_the_auroc(rows: list[tuple[int, float]]) -> None:
    labels, scores = columns(rows)
    assume(0 < labels.sum() < len(labels))
    figure, mirrored = ranking(labels, scores)["auroc"], ranking(labels, -scores)["auroc"]
    assert mirrored.value == pytest.approx(1 - figure.value)
    assert mirrored.low == pytest.approx(1 - figure.high, abs=1e-9)


def test_delongs_variance_on_a_published_example() -> None:
    # DeLong's covariance written out pair by pair: the mean of the kernel for each image, then the sample variances.
    random = np.random.default_rng(4)
    anomalous, normal = random.normal(1, 1, 30), random.normal(0, 1, 20)
    wins = (anomalous[:, None] > normal).astype(float)
    variance = wins.mean(1).var(ddof=1) / 30 + wins.mean(0).var(ddof=1) / 20
    value = wins.mean()
    figure = ranking(np.repeat([1, 0], [30, 20]), np.concatenate([anomalous, normal]))["auroc"]
    logit = lambda share: np.log(share / (1 - share))  # noqa: E731
    reach = 1.959964 * np.sqrt(variance) / (value * (1 - value))
    assert (logit(figure.low), logit(figure.high)) == pytest.approx((logit(value) - reach, logit(value) + reach))


@pytest.mark.parametrize("shift", [0.0, 1.0, 2.5])
def test_the_auroc_interval_covers_the_truth(shift: float) -> None:
    random, truth = np.random.default_rng(1), norm.cdf(shift / 2**0.5)
    covered = 0
    for _ in range(400):
        figure = _auroc(random.normal(0, 1, 23), random.normal(shift, 1, 60), "")
        covered += figure.low <= truth <= figure.high
    assert covered >= 0.92 * 400  # nominal 95 %; 92 % is 2.8 standard errors below


@pytest.mark.parametrize(("scores", "value"), [([0, 0, 1, 1], 1.0), ([1, 1, 0, 0], 0.0), ([3, 3, 3, 3], 0.5)])
def test_without_delongs_variance_the_interval_still_has_a_width(scores: list[float], value: float) -> None:
    figure = ranking(np.array([0, 0, 1, 1]), np.array(scores, dtype=float))["auroc"]
    assert figure.value == value
    assert figure.high - figure.low > 0.3


def test_one_image_of_each_class_is_wilsons_interval_of_one_trial() -> None:
    figures = ranking(np.array([0, 1]), np.array([0.0, 1.0]))
    assert figures["auroc"].low == pytest.approx(1 / (1 + 1.959964**2), abs=1e-5)
    assert figures["average_precision"].low is None


def test_more_images_apart_give_a_narrower_interval() -> None:
    def lower(size: int, name: str) -> float:
        labels = np.repeat([0, 1], size)
        return ranking(labels, labels.astype(float))[name].low

    for name in ("auroc", "average_precision"):
        assert 0.25 < lower(3, name) < lower(20, name) < lower(100, name) < 1


def test_the_bootstrap_is_seeded_and_covers_its_value() -> None:
    random = np.random.default_rng(2)
    labels = np.repeat([0, 1], [23, 60])
    scores = random.normal(0, 1, 83) + labels
    first, again, other = (ranking(labels, scores, seed=seed)["average_precision"] for seed in (0, 0, 1))
    assert first == again
    assert first != other
    assert first.low < first.value < first.high
    assert first.high - first.low == pytest.approx(other.high - other.low, rel=0.2)


@pytest.mark.parametrize("label", [0, 1])
def test_one_class_alone_is_undefined_with_a_reason(label: int) -> None:
    figures = ranking(np.full(3, label), np.arange(3.0))
    missing = "anomalous" if label == 0 else "normal"
    assert {figure.reason for figure in figures.values()} == {f"there are no {missing} images"}
    assert {figure.value for figure in figures.values()} == {None}


def test_an_infinite_score_ranks_highest_and_ties_with_its_like() -> None:
    labels, scores = np.array([0, 1, 0, 1]), np.array([0.0, np.inf, np.inf, 2.0])
    figures = ranking(labels, scores)
    assert figures["auroc"].value == roc_auc_score(labels, [0, 9, 9, 2])
    assert figures["average_precision"].value == average_precision_score(labels, [0, 9, 9, 2])


def test_images_without_a_score_are_left_out_and_it_is_said() -> None:
    figures = ranking(np.array([0, 1, 1]), np.array([0.0, 1.0, np.nan]))
    assert figures["auroc"].value == 1
    assert figures["auroc"].reason == "images left out for want of a score: 1"
    assert "no anomalous images; images left out" in ranking(np.array([0, 1]), np.array([0.0, np.nan]))["auroc"].reason


def test_minus_infinity_is_refused() -> None:
    with pytest.raises(InvalidScores, match="-inf"):
        ranking(np.array([0, 1]), np.array([-np.inf, 1.0]))


@pytest.mark.parametrize(
    ("figure", "words"),
    [
        (Figure(value=0.55, low=0.41, high=0.68), "mse does not separate these images"),
        (Figure(value=0.5, low=0.5, high=0.9), "mse does not separate these images"),
        (Figure(value=0.4, low=0.3, high=0.49), "the wrong way round"),
        (Figure(value=0.9, low=0.8, high=0.95), "mse separates these images better than chance"),
        (Figure(value=0.9), "its uncertainty is unknown"),
        (Figure.undefined("there are no normal images"), "is unknown: there are no normal images."),
    ],
)
def test_the_sentence_says_plainly_what_the_interval_means(figure: Figure, words: str) -> None:
    assert words in separation(figure, "mse")


@pytest.mark.parametrize(
    "change", [lambda s: s + 100, lambda s: s * 1e-6, np.float32], ids=["plus", "times", "float32"]
)
def test_no_auroc_depends_on_the_scale_of_the_scores(change):
    rng = np.random.default_rng(4)
    scores, labels = np.round(rng.gamma(2, size=90), 2) + np.repeat([0, 1.5], (50, 40)), np.repeat([0, 1], (50, 40))
    assert ranking(labels, change(scores))["auroc"] == ranking(labels, scores)["auroc"]
