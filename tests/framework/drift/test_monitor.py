"""Alarms are as rare as promised while nothing changes, come soon when something does, and name the part."""

from __future__ import annotations

import math

import numpy as np
import pytest

from adfw import DriftMonitor, find_drift

ALPHA = 0.1


def alarms(streams: int, parts: int, calibration: int, draw) -> int:
    """Return how many of some streams of one distribution alarm."""
    count = 0
    for seed in range(streams):
        scores = draw(np.random.default_rng(seed), calibration + parts).tolist()
        stream = [(str(place), score) for place, score in enumerate(scores[calibration:])]
        count += find_drift(scores[:calibration], stream, alpha=ALPHA).alarm
    return count


@pytest.mark.parametrize("calibration", [5, 100])
def test_streams_without_a_change_alarm_no_more_often_than_alpha(calibration) -> None:
    found = alarms(150, 400, calibration, lambda generator, size: generator.gamma(2.0, size=size))
    assert found <= 150 * ALPHA / 2 + 3 * math.sqrt(150 * ALPHA / 2)  # half of alpha guards the scores


def test_equal_scores_are_no_change() -> None:
    assert not find_drift([0.5] * 30, [(str(place), 0.5) for place in range(500)], alpha=ALPHA).alarm


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda scores: scores + 0.1, "higher than"),
        (lambda scores: scores - 0.1, "lower than"),
        (lambda scores: 0.5 + 4 * (scores - 0.5), "more spread out than"),
        (lambda scores: 0.5 + 0.1 * (scores - 0.5), "less spread out than"),
    ],
)
@pytest.mark.parametrize("before", [0, 1000])
def test_a_change_is_noticed_soon_and_its_first_part_named(change, words, before) -> None:
    generator = np.random.default_rng(7)
    reference, calm, then = (generator.normal(0.5, 0.05, size) for size in (100, before, 150))
    stream = [(f"p{place}", score) for place, score in enumerate([*calm, *change(then)])]
    report = find_drift(reference, stream)
    assert report.alarm
    assert f"scores are {words} the calibration's" in report.sentence
    assert abs(int(report.first_part[1:]) - before) <= 15
    assert report.ks > 0.1


def test_rejects_are_counted_and_do_not_pass_for_drift_of_the_scores() -> None:
    generator = np.random.default_rng(3)
    monitor = DriftMonitor(generator.normal(0.5, 0.05, 100).tolist(), 0.9)
    for place in range(1000):
        monitor.add(5.0 if place % 40 == 0 else generator.normal(0.5, 0.05), str(place))
    assert not monitor.report().alarm
    for place in range(1000, 1100):
        monitor.add(math.nan if place % 3 == 0 else generator.normal(0.5, 0.05), str(place))
    report = monitor.report()
    assert report.alarm
    assert "more than 5 % of the parts are rejected" in report.sentence
    assert 990 <= int(report.first_part) <= 1020


def test_rejects_at_the_usual_rate_alarm_no_more_often_than_alpha() -> None:
    found = 0
    for seed in range(150):
        generator = np.random.default_rng(seed)
        stream = [
            (str(place), math.nan if reject else 0.5) for place, reject in enumerate(generator.random(400) < 0.05)
        ]
        found += find_drift([0.5] * 20, stream, alpha=ALPHA).alarm
    assert found <= 150 * ALPHA / 2 + 3 * math.sqrt(150 * ALPHA / 2)


@pytest.mark.parametrize("wrong", [{"alpha": 0.0}, {"usual_rejects": 1.0}])
def test_rates_lie_between_0_and_1(wrong) -> None:
    with pytest.raises(ValueError, match="lie between 0 and 1"):
        DriftMonitor([0.5], **wrong)
