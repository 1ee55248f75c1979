"""Areas under localisation curves, from counts of pixels by falling anomaly score."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import numpy.typing as npt

    Floats = npt.NDArray[np.float64]


LIMITS = (0.30, 0.05)
NAMES = ("pixel_auroc", "pixel_average_precision", *(f"aupro_{limit:.2f}" for limit in LIMITS))


def localisation(counts: Floats, mixed: npt.NDArray[np.bool_]) -> dict[str, Floats]:
    """Return the figures of (3, ..., K) normal, defective and region-weighted pixels by rising score.

    No histogram may be without normal or without defective pixels; `mixed` as in `average_precision`.
    """
    alarms, hits, overlap = np.cumsum(counts[..., ::-1], axis=-1)
    rate, recall, pro = (values / values[..., -1:] for values in (alarms, hits, overlap))
    areas = (
        area_up_to(1.0, rate, recall),
        average_precision(hits, alarms, mixed[::-1]),
        *(area_up_to(limit, rate, pro) for limit in LIMITS),
    )
    return dict(zip(NAMES, areas, strict=True))


def doubt(counts: Floats, mixed: npt.NDArray[np.bool_]) -> float:
    """Return how far, at most, the order of scores within mixed bins could move an area of `localisation`."""
    rate, recall, pro = (counts / counts.sum(-1, keepdims=True))[:, ::-1]
    start = np.cumsum(rate) - rate
    kept = mixed[::-1] & (rate > 0)
    worst = [(rate * recall)[kept].sum() / 2]
    worst += [(rate * pro)[kept & (start < limit)].sum() / 2 / limit for limit in LIMITS]
    return float(max(worst))


def area_up_to(limit: float, x: Floats, y: Floats) -> Floats:
    """Return the normalised area under curves through (0, 0) and (..., K) rising points, from x = 0 to `limit`.

    Trapezoids, with linear interpolation at the limit, divided by the limit; so a curve at 1 throughout gives 1.
    """
    left, bottom = _shifted(x), _shifted(y)
    width = np.clip(np.minimum(x, limit) - left, 0, None)
    slope = (y - bottom) / np.where(x > left, x - left, 1)
    return np.asarray((width * (bottom + slope * width / 2)).sum(-1) / limit)


def average_precision(hits: Floats, alarms: Floats, mixed: npt.NDArray[np.bool_]) -> Floats:
    """Return the average precision, sum of (recall step x precision), of (..., K) cumulative counts.

    The precision of a step is that at its end, as for tied scores; where (K,) or (1,) `mixed` is true, the scores of
    a step differ, and it is the mean over the step with hits and alarms evenly mixed.
    """
    before, step = _shifted(hits), hits - _shifted(hits)
    flagged = hits + alarms
    start, growth = _shifted(flagged), flagged - _shifted(flagged)
    share = step / np.where(growth > 0, growth, 1)
    # Integral of (before + t step) / (start + t growth) over t in [0, 1]
    log = np.log1p(growth / np.where(start > 0, start, 1)) / np.where(growth > 0, growth, 1)
    mean = share + np.where(start > 0, (before - share * start) * log, 0)
    precision = np.where(mixed, mean, hits / np.maximum(flagged, 1))
    return np.asarray((step * precision).sum(-1) / hits[..., -1])


def _shifted(values: Floats) -> Floats:
    return np.concatenate([np.zeros_like(values[..., :1]), values[..., :-1]], axis=-1)
