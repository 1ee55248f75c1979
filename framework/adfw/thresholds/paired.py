"""Strategies against each other on the same parts: paired bootstrap and McNemar's test."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from scipy.sparse import csr_array
from scipy.special import bdtr

from adfw.thresholds.decision import ANOMALOUS, INVALID, NORMAL, REVIEW

if TYPE_CHECKING:
    import numpy.typing as npt

CHUNK = 50
"""Draws of groups that are in memory at a time."""


class Shares(NamedTuple):
    """Shares of each class's parts by what S strategies did with them: wrong, to review, right.

    `normal` and `anomalous` are (..., S, 3) float64.
    """

    normal: npt.NDArray[np.float64]
    anomalous: npt.NDArray[np.float64]

    def f1(self, n_normal: int, n_anomalous: int) -> npt.NDArray[np.float64]:
        """Return (..., S) F1 scores at the test set's share of anomalies; 0 where nothing is caught."""
        hits = n_anomalous * self.anomalous[..., 2]
        alarms = n_normal * self.normal[..., 0]
        doubled: npt.NDArray[np.float64] = 2 * hits / np.maximum(hits + n_anomalous + alarms, 1)
        return doubled


class Patterns(NamedTuple):
    """The verdicts of S strategies on the parts of one class: P distinct rows, and how often each was seen.

    `by_unit` (G, P) counts them for each part or series that is drawn as a whole.
    """

    codes: npt.NDArray[np.int8]
    counts: npt.NDArray[np.int64]
    by_unit: csr_array | None
    outcomes: tuple[int, int, int]

    @classmethod
    def of(
        cls, codes: npt.NDArray[np.int8], outcomes: tuple[int, int, int], units: npt.NDArray[np.str_] | None
    ) -> Patterns:
        """Count (n, S) verdicts; `outcomes` are the codes that are wrong, to review and right for the class."""
        rows = np.ascontiguousarray(codes + 1).view(f"S{codes.shape[1]}")[:, 0]  # text, of which numpy sorts rows fast
        _, first, at = np.unique(rows, return_index=True, return_inverse=True)
        distinct, counts = codes[first], np.bincount(at)
        if units is None:
            return cls(distinct, counts, None, outcomes)
        unit = np.unique(units, return_inverse=True)[1]
        ones = np.ones(len(at))
        return cls(distinct, counts, csr_array((ones, (unit, at)), shape=(unit.max() + 1, len(distinct))), outcomes)

    def observed(self) -> npt.NDArray[np.float64]:
        """Return (S, 3) shares of the parts themselves."""
        observed: npt.NDArray[np.float64] = self._shares(self.counts[None, :])[0]
        return observed

    def draw(self, draws: int, generator: np.random.Generator) -> npt.NDArray[np.float64]:
        """Return (draws, S, 3) shares of bootstrap draws."""
        if self.by_unit is None:
            total = int(self.counts.sum())
            return self._shares(generator.multinomial(total, self.counts / total, size=draws))
        units = int(self.by_unit.shape[0])
        even = np.full(units, 1 / units)
        sizes = [min(CHUNK, draws - start) for start in range(0, draws, CHUNK)]
        drawn = [generator.multinomial(units, even, size=size) @ self.by_unit for size in sizes]
        return self._shares(np.concatenate(drawn))

    def _shares(self, counts: npt.NDArray[np.int64]) -> npt.NDArray[np.float64]:
        did = np.stack([self.codes == code for code in self.outcomes], axis=-1).astype(np.float64)
        shares: npt.NDArray[np.float64] = np.tensordot(counts, did, axes=1) / counts.sum(axis=1)[:, None, None]
        return shares


def paired_shares(
    codes: npt.NDArray[np.int8],
    labels: npt.NDArray[np.int64],
    units: npt.NDArray[np.str_] | None,
    draws: int,
    seed: int,
) -> tuple[Shares, Shares]:
    """Return the observed shares and those of bootstrap draws, of (n, S) verdicts without invalid ones."""
    generator = np.random.default_rng(seed)
    patterns = [
        Patterns.of(codes[labels == label], outcomes, None if units is None else units[labels == label])
        for label, outcomes in ((0, (ANOMALOUS, REVIEW, NORMAL)), (1, (NORMAL, REVIEW, ANOMALOUS)))
    ]
    observed = Shares(*(pattern.observed() for pattern in patterns))
    return observed, Shares(*(pattern.draw(draws, generator) for pattern in patterns))


def right(codes: npt.NDArray[np.int8], labels: npt.NDArray[np.int64]) -> npt.NDArray[np.bool_]:
    """Return, for (n, S) verdicts, whether each is right; a part sent to review is not."""
    correct: npt.NDArray[np.bool_] = codes == np.where(labels == 1, ANOMALOUS, NORMAL)[:, None]
    return correct


def mcnemar(only_first: int, only_second: int) -> float:
    """Return the exact two-sided p-value that both are right equally often. McNemar, Psychometrika 1947."""
    total = only_first + only_second
    if total == 0:
        return 1.0
    return min(1.0, 2 * float(bdtr(min(only_first, only_second), total, 0.5)))


def valid_rows(codes: npt.NDArray[np.int8]) -> npt.NDArray[np.bool_]:
    """Return which of (n, S) rows have a verdict: an image without a score has none under any strategy."""
    valid: npt.NDArray[np.bool_] = (codes != INVALID).all(axis=1)
    return valid
