"""How well scores rank anomalous above normal images, without any threshold."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
from scipy.optimize import brentq
from scipy.stats import norm, rankdata

from adfw.errors import InvalidScores
from adfw.evaluation.figure import Figure
from adfw.evaluation.intervals import LEVEL, clopper_pearson

if TYPE_CHECKING:
    import numpy.typing as npt

    Floats = npt.NDArray[np.float64]

Z = float(norm.ppf((1 + LEVEL) / 2))
RESAMPLES = 1000


def ranking(labels: npt.NDArray[np.int64], scores: Floats, *, seed: int = 0) -> dict[str, Figure]:
    """Return `auroc` and `average_precision` of (N,) scores with (N,) labels 0 or 1, each with its interval.

    Images without a score (NaN) are left out, and the figures' `reason` says how many. Undefined where a class is
    missing. Raises InvalidScores for -inf; +inf is a legal score.
    """
    if len(labels) != len(scores):
        raise ValueError("labels and scores have equal lengths")
    if np.isneginf(scores).any():
        raise InvalidScores("a score is -inf; scores are finite, +inf (certainly anomalous) or NaN (no score)")
    valid = ~np.isnan(scores)
    left_out = len(scores) - int(valid.sum())
    note = f"images left out for want of a score: {left_out}" if left_out else ""
    normal, anomalous = scores[valid & (labels == 0)], scores[valid & (labels == 1)]
    for name, part in (("normal", normal), ("anomalous", anomalous)):
        if not len(part):
            missing = Figure.undefined(f"there are no {name} images" + (f"; {note}" if note else ""))
            return {"auroc": missing, "average_precision": missing}
    return {"auroc": _auroc(normal, anomalous, note), "average_precision": _precision(normal, anomalous, note, seed)}


def auroc_difference(labels: npt.NDArray[np.int64], first: Floats, second: Floats) -> Figure:
    """Return the AUROC of (N,) scores less that of others on the same images, with DeLong's interval.

    Images without a score (NaN) in either are left out; undefined where a class has fewer than two images. DeLong,
    DeLong and Clarke-Pearson, Biometrics 1988.
    """
    valid = ~(np.isnan(first) | np.isnan(second))
    m, n = (int((valid & (labels == label)).sum()) for label in (1, 0))
    if min(m, n) < 2:
        return Figure.undefined("it takes two normal and two anomalous images")
    parts = [_placements(scores[valid & (labels == 0)], scores[valid & (labels == 1)]) for scores in (first, second)]
    above, below = parts[0][0] - parts[1][0], parts[0][1] - parts[1][1]
    value, reach = float(above.mean()), Z * math.sqrt(above.var(ddof=1) / m + below.var(ddof=1) / n)
    return Figure(value=value, low=max(-1.0, value - reach), high=min(1.0, value + reach))


def separation(auroc: Figure, label: str) -> str:
    """Say in one sentence whether a scorer separates normal from anomalous images."""
    if auroc.value is None:
        return f"Whether {label} separates these images is unknown: {auroc.reason}."
    if auroc.low is None or auroc.high is None:
        return f"{label} ranks these images with an AUROC of {auroc.value:.3f}; its uncertainty is unknown."
    figures = f"AUROC {auroc.value:.3f}, 95 % interval {auroc.low:.3f} to {auroc.high:.3f}"
    if auroc.low <= 0.5 <= auroc.high:
        return f"{label} does not separate these images: the interval includes chance, 0.5 ({figures})."
    if auroc.high < 0.5:
        return f"{label} ranks these images the wrong way round: defects score lower than normal images ({figures})."
    return f"{label} separates these images better than chance ({figures})."


def _auroc(normal: Floats, anomalous: Floats, note: str) -> Figure:
    """Return the AUROC with DeLong's variance on the logit scale.

    That variance is 0 where the classes are fully apart or all scores are equal, and undefined for a class of one
    image; there the interval is Newcombe's. DeLong et al., Biometrics 1988; ranks as in Sun and Xu, IEEE SPL 2014.
    """
    m, n = len(anomalous), len(normal)
    above, below = _placements(normal, anomalous)
    value = float(above.mean())
    variance = float(above.var(ddof=1) / m + below.var(ddof=1) / n) if min(m, n) > 1 else 0.0
    if variance <= 0 or value in {0.0, 1.0}:
        low, high = _newcombe(value, m, n)
    else:
        centre, reach = np.log(value / (1 - value)), Z * variance**0.5 / (value * (1 - value))
        low, high = (float(1 / (1 + np.exp(-edge))) for edge in (centre - reach, centre + reach))
    return Figure(value=value, low=low, high=high, reason=note)


def _placements(normal: Floats, anomalous: Floats) -> tuple[Floats, Floats]:
    """Return the share of normal scores below each anomalous one, and of anomalous ones above each normal one."""
    m, n = len(anomalous), len(normal)
    together = rankdata(np.concatenate([anomalous, normal]))
    return (together[:m] - rankdata(anomalous)) / n, 1 - (together[m:] - rankdata(normal)) / m


def _newcombe(value: float, m: int, n: int) -> tuple[float, float]:
    """Return the AUROCs that are Z of their own standard errors away (Newcombe, Statistics in Medicine 2006, method 5).

    The variance is Hanley and McNeil's (1982) with both class sizes replaced by their mean, so that swapping the
    classes mirrors the interval.
    """
    mean = (m + n) / 2 - 1

    def distance(truth: float) -> float:
        spread = 1 + mean * (1 - truth) / (2 - truth) + mean * truth / (1 + truth)
        return abs(value - truth) - Z * math.sqrt(truth * (1 - truth) * spread / (m * n))

    # Just off the measured value the distance is negative, at 0 and 1 it is not: one root lies in between.
    low = brentq(distance, 0, value - 1e-12) if value > 0 else 0.0
    high = brentq(distance, value + 1e-12, 1) if value < 1 else 1.0
    return float(low), float(high)


def _precision(normal: Floats, anomalous: Floats, note: str, seed: int) -> Figure:
    """Return the average precision (step sum) with the percentile interval of a bootstrap stratified by class.

    Where all anomalous images score above all normal ones, every resample gives 1; there the lower end is the
    Clopper-Pearson bound of a rate of 1 among as many images as the smaller class has. A class of one image has no
    interval.
    """
    scores = np.concatenate([anomalous, normal])
    order = np.argsort(-scores, kind="stable")
    last = np.flatnonzero(
        np.append(scores[order][1:] != scores[order][:-1], True)
    )  # the last of each group of tied scores
    m, n = len(anomalous), len(normal)

    def average(weights: Floats) -> Floats:
        hits = np.cumsum(np.where(order < m, weights[:, order], 0), axis=1)[:, last]
        flagged = np.cumsum(weights[:, order], axis=1)[:, last]
        steps = np.diff(hits, prepend=0, axis=1)
        return np.asarray((steps * hits / np.maximum(flagged, 1)).sum(1) / m)

    value = float(average(np.ones((1, m + n)))[0])
    if min(m, n) < 2:
        return Figure(value=value, reason=note)
    if anomalous.min() > normal.max():
        return Figure(value=1.0, low=clopper_pearson(min(m, n), min(m, n))[0], high=1.0, reason=note)
    random = np.random.default_rng(seed)
    draws = [
        average(np.hstack([random.multinomial(k, np.full(k, 1 / k), 10) for k in (m, n)]).astype(np.float64))
        for _ in range(RESAMPLES // 10)
    ]
    low, high = np.quantile(np.concatenate(draws), [(1 - LEVEL) / 2, (1 + LEVEL) / 2])
    return Figure(value=value, low=float(low), high=float(high), reason=note)
