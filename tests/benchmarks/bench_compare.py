"""Time and peak memory of `adfw.compare`: twelve strategies, 2,000 bootstrap draws, 100,000 scores.

    python tests/benchmarks/bench_compare.py [SCORES] [DRAWS]

Prints figures and asserts nothing; the target is under 10 s and under 500 MB on 2 cores.
"""

from __future__ import annotations

import resource
import sys
import time

import numpy as np

from adfw import compare

STRATEGIES = [
    "fixed(value=2.0)",
    "percentile(q=0.99)",
    "conformal(alpha=0.05)",
    "pac_conformal(alpha=0.05)",
    "sigma(k=3)",
    "pot(q=0.001)",
    "fpr_at_most(rate=0.05)",
    "pr_optimal",
    "cost_weighted",
    "youden",
    "recall_at_least(rate=0.95)",
    "precision_at_least(rate=0.5)",
]
COSTS = {"false_negative": 100.0, "false_positive": 1.0, "prevalence": 0.01}


def main(count: int, draws: int) -> None:
    rng = np.random.default_rng(0)
    labels = (np.arange(count) % 4 == 0).astype(np.int64)
    scores = np.where(labels == 1, rng.normal(2.8, 1.2, count), rng.normal(size=count))
    held_out = rng.normal(size=count // 4)
    before = peak()
    for protocol in ("auto", "cross_fit"):
        started, used = time.perf_counter(), time.process_time()
        found = compare(
            scores, labels, calibration=held_out, strategies=STRATEGIES, costs=COSTS, draws=draws, protocol=protocol
        )
        seconds, used = time.perf_counter() - started, time.process_time() - used
        without = [strategy.problem for strategy in found.tables[0].strategies if strategy.cut is None]
        what = f"{count:,} scores, {len(STRATEGIES)} strategies, {draws:,} draws, protocol {protocol}"
        print(f"{what}: {seconds:.1f} s, {used:.1f} s of CPU; without a cut: {without or 'none'}")
    print(f"peak memory {peak():.0f} MB, of which {before:.0f} MB before the comparison")


def peak() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


if __name__ == "__main__":
    arguments = [int(word) for word in sys.argv[1:]]
    main(*(arguments + [100_000, 2000][len(arguments) :]))
