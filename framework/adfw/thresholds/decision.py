"""The one rule of decision: anomalous if and only if float64(score) >= float64(threshold)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import numpy.typing as npt

    from adfw.interfaces import Cut

VERDICTS = np.array(["normal", "review", "anomalous", "invalid"])
NORMAL, REVIEW, ANOMALOUS, INVALID = range(4)


def decide(scores: npt.ArrayLike, cut: Cut) -> npt.NDArray[np.str_]:
    """Return the (N,) verdicts of (N,) scores: normal, review, anomalous, or invalid for a NaN.

    Scores of any precision are compared in float64: numpy and torch alike would round the cut to float32 first.
    """
    return VERDICTS[verdict_codes(scores, cut.value, cut.review_from)]


def verdict_codes(
    scores: npt.ArrayLike, value: npt.ArrayLike, review_from: npt.ArrayLike | None = None
) -> npt.NDArray[np.int8]:
    """Return the (N,) verdicts as positions in `VERDICTS`; the cuts are one for all scores or (N,), one for each."""
    exact = np.asarray(scores).astype(np.float64, copy=False)
    codes = np.full(exact.shape, NORMAL, dtype=np.int8)
    if review_from is not None:
        codes[exact >= np.asarray(review_from, dtype=np.float64)] = REVIEW
    codes[exact >= np.asarray(value, dtype=np.float64)] = ANOMALOUS
    codes[np.isnan(exact)] = INVALID  # NaN >= cut is False: without this line a broken image would pass
    return codes
