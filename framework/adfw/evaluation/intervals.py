"""Intervals of 95 % around rates."""

from __future__ import annotations

from scipy.stats import beta

from adfw.evaluation.figure import Figure

LEVEL = 0.95


def rate(count: int, total: int, *, of: str = "images") -> Figure:
    """Return count / total with its Clopper-Pearson interval, which covers the true rate at least 95 % of the time.

    Undefined where `total` is 0. Raises ValueError unless 0 <= count <= total. Clopper and Pearson, Biometrika 1934.
    """
    if not 0 <= count <= total:
        raise ValueError(f"{count} of {total} is no rate")
    if total == 0:
        return Figure(value=None, count=0, total=0, reason=f"there are no {of} to count")
    low, high = clopper_pearson(count, total)
    return Figure(value=count / total, low=low, high=high, count=count, total=total)


def clopper_pearson(count: int, total: int, level: float = LEVEL) -> tuple[float, float]:
    """Return the exact two-sided interval of a binomial share at a confidence level."""
    tail = (1 - level) / 2
    low = float(beta.ppf(tail, count, total - count + 1)) if count else 0.0
    high = float(beta.ppf(1 - tail, count + 1, total - count)) if count < total else 1.0
    return low, high
