"""What verdicts cost at deployment, with an interval."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from adfw.evaluation import Figure
from adfw.thresholds.costs import PARTS

if TYPE_CHECKING:
    import numpy.typing as npt

    from adfw.report.document import Confusion
    from adfw.thresholds.costs import Costs

DRAWS = 4000
TAILS = (0.025, 0.975)


def cost_per_1000(confusion: Confusion, costs: Costs, seed: int = 0) -> Figure:
    """Return the expected cost of 1,000 parts at the stated prevalence, in the unit of the costs.

    The interval redraws each class's cells from their Jeffreys posterior: unlike the plain bootstrap of the cells
    (Margineantu and Dietterich, ICML 2000) it keeps a width where nothing was missed. Images without a score have no
    part in it.
    """
    normal = np.array([confusion.false_anomalous, confusion.review_normal, confusion.true_normal])
    anomalous = np.array([confusion.false_normal, confusion.review_anomalous, confusion.true_anomalous])
    for cells, name in ((normal, "normal"), (anomalous, "anomalous")):
        if cells.sum() == 0:
            return Figure.undefined(f"there are no {name} images to count")
    if normal[1] + anomalous[1] and costs.referral is None:
        return Figure.undefined("images were sent to review: state the cost of a referral")
    generator = np.random.default_rng(seed)
    draws = price(_redraw(normal, generator), _redraw(anomalous, generator), costs)
    low, high = np.quantile(draws, TAILS)
    value = float(price(normal / normal.sum(), anomalous / anomalous.sum(), costs))
    return Figure(value=value, low=min(float(low), value), high=max(float(high), value))


def price(normal: npt.NDArray[np.float64], anomalous: npt.NDArray[np.float64], costs: Costs) -> npt.NDArray[np.float64]:
    """Return the cost of 1,000 parts for shares (..., 3) of normal and of anomalous parts: wrong, to review, right."""
    referral = 0.0 if costs.referral is None else costs.referral
    missed = costs.false_negative * anomalous[..., 0] + referral * anomalous[..., 1]
    alarmed = costs.false_positive * normal[..., 0] + referral * normal[..., 1]
    return PARTS * (costs.prevalence * missed + (1 - costs.prevalence) * alarmed)


def _redraw(cells: npt.NDArray[np.int64], generator: np.random.Generator) -> npt.NDArray[np.float64]:
    used = np.array([True, cells[1] > 0, True])  # without a reject band there are two cells, not three
    drawn = np.zeros((DRAWS, 3))
    drawn[:, used] = generator.dirichlet(cells[used] + 0.5, DRAWS)
    return drawn
