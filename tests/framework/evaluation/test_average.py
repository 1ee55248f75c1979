from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import ttest_1samp

from adfw.evaluation.average import average


def test_the_interval_is_students() -> None:
    values = np.random.default_rng(0).normal(3, 1, 12).tolist()
    found = average(values)
    low, high = ttest_1samp(values, 0).confidence_interval(0.95)
    assert (found.value, found.low, found.high, found.total) == pytest.approx((np.mean(values), low, high, 12))


def test_one_value_has_no_interval_and_none_has_a_reason() -> None:
    assert average([2.0]).model_dump(exclude_none=True) == {"value": 2.0, "total": 1, "reason": ""}
    assert average([], of="normal test images").reason == "there are no normal test images to measure"


def test_a_value_that_is_not_finite_makes_no_mean() -> None:
    assert average([1.0, float("nan")]).reason == "1 of 2 images have no finite value"
