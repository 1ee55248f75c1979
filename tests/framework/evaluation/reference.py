"""The exact localisation metrics: all pixels sorted, as MVTec's own code does it. For tests only."""

from __future__ import annotations

import numpy as np
from scipy import ndimage
from sklearn.metrics import average_precision_score, roc_auc_score


def exact_figures(maps: np.ndarray, masks: list[np.ndarray | None], connectivity: int = 8) -> dict[str, float]:
    structure = np.ones((3, 3)) if connectivity == 8 else None
    truth = np.stack([np.zeros(maps.shape[1:], bool) if mask is None else mask for mask in masks])
    weight = np.zeros(truth.shape)
    for index, mask in enumerate(truth):
        regions, count = ndimage.label(mask, structure=structure)
        for region in range(1, count + 1):
            weight[index][regions == region] = 1 / (regions == region).sum()
    scores, defective = maps.ravel().astype(np.float64), truth.ravel()
    order = np.argsort(-scores, kind="stable")
    last = np.append(scores[order][1:] != scores[order][:-1], True)
    rate = np.cumsum(~defective[order])[last] / (~defective).sum()
    pro = np.cumsum(weight.ravel()[order])[last] / weight.sum()
    return {
        "pixel_auroc": roc_auc_score(defective, scores),
        "pixel_average_precision": average_precision_score(defective, scores),
        "aupro_0.30": _area(rate, pro, 0.30),
        "aupro_0.05": _area(rate, pro, 0.05),
    }


def _area(rate: np.ndarray, pro: np.ndarray, limit: float) -> float:
    rate, pro = np.append(0, rate), np.append(0, pro)
    inside = rate < limit
    at_limit = np.interp(limit, rate[np.flatnonzero(inside)[-1] :], pro[np.flatnonzero(inside)[-1] :])
    return np.trapezoid(np.append(pro[inside], at_limit), np.append(rate[inside], limit)) / limit
