"""The mean of a measured quantity with its interval."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from scipy.stats import t

from adfw.evaluation.figure import Figure

if TYPE_CHECKING:
    from collections.abc import Sequence


def average(values: Sequence[float], *, of: str = "images") -> Figure:
    """Return the mean of N values with Student's 95 % interval; undefined for none, without interval for one."""
    found = np.asarray(values, dtype=np.float64)
    if not len(found):
        return Figure.undefined(f"there are no {of} to measure")
    if not np.isfinite(found).all():
        return Figure.undefined(f"{int((~np.isfinite(found)).sum())} of {len(found)} {of} have no finite value")
    mean = float(found.mean())
    if len(found) == 1:
        return Figure(value=mean, total=1)
    half = float(t.ppf(0.975, len(found) - 1) * found.std(ddof=1) / np.sqrt(len(found)))
    return Figure(value=mean, low=mean - half, high=mean + half, total=len(found))
