"""How far two distributions of scores are apart, in two customary figures."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import numpy.typing as npt

BINS = 10


def ks_distance(reference: npt.ArrayLike, recent: npt.ArrayLike) -> float:
    """Return the largest difference of the two empirical distribution functions (Kolmogorov, Smirnov), in [0, 1]."""
    one, other = np.sort(np.asarray(reference, np.float64)), np.sort(np.asarray(recent, np.float64))
    both = np.concatenate([one, other])
    shares = [np.searchsorted(part, both, side="right") / len(part) for part in (one, other)]
    return float(np.abs(shares[0] - shares[1]).max())


def ks_p_value(reference: npt.ArrayLike, recent: npt.ArrayLike) -> float:
    """Return the two-sided p-value of that distance, for one look at a window fixed beforehand."""
    from scipy.stats import ks_2samp

    return float(ks_2samp(np.asarray(reference), np.asarray(recent)).pvalue)


def stability_index(reference: npt.ArrayLike, recent: npt.ArrayLike) -> float:
    """Return the population stability index over tenths of the reference: the sum of (a - b) log(a / b).

    Half a score is added to each bin, so that an empty one is no infinity. By custom, above 0.1 is a change and above
    0.25 a large one; with n and m scores of one distribution, about 9 (1/n + 1/m) is to be expected.
    """
    one, other = np.asarray(reference, np.float64), np.asarray(recent, np.float64)
    edges = np.unique(np.quantile(one, np.linspace(0, 1, BINS + 1)[1:-1]))
    counts = [
        np.bincount(np.searchsorted(edges, part, side="right"), minlength=len(edges) + 1) for part in (one, other)
    ]
    first, second = ((count + 0.5) / (count.sum() + 0.5 * len(count)) for count in counts)
    return float(((first - second) * np.log(first / second)).sum())
