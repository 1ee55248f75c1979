"""Whether the images a cut decided had a part in it: computed from ids, groups and contents, claimed by nobody."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import numpy.typing as npt

    from adfw.report.document import Leakage, Validity
    from adfw.scores import ScoreTable
    from adfw.thresholds.protocols import Plan


def leakage(table: ScoreTable, plan: Plan, contents: npt.NDArray[np.str_] | None = None) -> Leakage:
    """Compare the rows that were fitted on with those that were decided, in every fold.

    `contents` (N,) are hashes of the images' contents, "" where unknown: the same image under two ids is one image.
    in_sample: every decided image was fitted on; partial: some were; cross_fit: none, but decided images set the cuts
    of others.
    """
    keys = _keys(table, contents)
    seen = total = 0
    for fold in (fold for repeat in plan.repeats for fold in repeat):
        fit, decided = fold.fit, fold.decided
        known = np.zeros(len(decided), dtype=bool)
        for key in keys:
            known |= np.isin(key[decided], key[fit]) & (key[decided] >= 0)
        seen, total = seen + int(known.sum()), total + len(known)
    if seen:
        return "in_sample" if seen == total else "partial"
    if any(len(repeat) > 1 for repeat in plan.repeats):
        return "cross_fit"
    return "none"


def validity(table: ScoreTable, plan: Plan) -> Validity:
    """Return whether the cut was fitted on the dataset's own images alone, or also on defects that were drawn."""
    return "synthetic" if (table.split[plan.ship] == "synthetic").any() else "real"


def _keys(table: ScoreTable, contents: npt.NDArray[np.str_] | None) -> list[npt.NDArray[np.int64]]:
    """Return the identities of the rows as numbers, -1 where unknown."""
    texts = [table.id] + [column for column in (table.group, contents) if column is not None]
    keys = []
    for text in texts:
        names, number = np.unique(text, return_inverse=True)
        keys.append(np.where(names[number] == "", -1, number))
    return keys
