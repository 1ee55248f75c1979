from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binom, binomtest

from adfw.evaluation import rate


def test_the_interval_is_scipys_exact_one() -> None:
    figure = rate(107, 107)
    assert (figure.value, figure.count, figure.total) == (1.0, 107, 107)
    assert figure.low == pytest.approx(0.966, abs=5e-4)  # the figure in the design page
    assert figure.high == 1.0
    expected = binomtest(3, 23).proportion_ci(0.95, method="exact")
    assert (rate(3, 23).low, rate(3, 23).high) == pytest.approx((expected.low, expected.high))


def test_a_rate_of_nothing_is_undefined_with_a_reason() -> None:
    figure = rate(0, 0, of="anomalous images")
    assert figure.value is None
    assert figure.low is None
    assert figure.reason == "there are no anomalous images to count"


@pytest.mark.parametrize(("count", "total"), [(-1, 3), (4, 3)])
def test_what_is_no_rate_is_refused(count: int, total: int) -> None:
    with pytest.raises(ValueError, match="is no rate"):
        rate(count, total)


@given(st.integers(1, 60), st.floats(0.01, 0.99))
def test_the_interval_covers_the_truth_at_least_95_percent_of_the_time(total: int, truth: float) -> None:
    covered = sum(
        binom.pmf(count, total, truth)
        for count in range(total + 1)
        if (figure := rate(count, total)).low <= truth <= figure.high
    )
    assert covered >= 0.95 - 1e-9


@given(st.integers(0, 40), st.integers(1, 40))
def test_the_interval_holds_the_rate_and_mirrors(count: int, extra: int) -> None:
    figure, mirrored = rate(count, count + extra), rate(extra, count + extra)
    assert 0 <= figure.low <= figure.value <= figure.high <= 1
    assert figure.low == pytest.approx(1 - mirrored.high)
