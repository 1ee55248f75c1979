"""Every strategy under every protocol on the scores of one run, as the Markdown of docs/capsule-thresholds.md.

adfw run recipes/capsule_patchcore.yaml --set dataset.root=/path/to/mvtec_ad --set "synthetic={}" --out RUN
python tests/benchmarks/capsule_protocols.py RUN
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from adfw import Catalog, ScoreTable, compare
from adfw.thresholds.choosing import choose
from adfw.thresholds.words import rows

if TYPE_CHECKING:
    from collections.abc import Iterator

    from adfw.thresholds.comparison import ComparedTable
    from adfw.thresholds.words import Row

PROTOCOLS = ("normal_only", "synthetic", "cross_fit", "split", "oracle")
COSTS = {"false_negative": 100.0, "false_positive": 1.0, "prevalence": 0.01, "referral": 0.2}
RANGES = "false_negative=[30, 300], false_positive=1, prevalence=[0.003, 0.03]"
PROMISED = {
    "percentile(q=0.95)": 0.05,
    "percentile(q=0.95, method=linear)": 0.05,
    "percentile": 0.01,
    "conformal": 0.05,
    "pac_conformal": 0.05,
    "pac_conformal(alpha=0.1)": 0.1,
    "fpr_at_most": 0.05,
    "fpr_at_most(rate=0.1, certified=True)": 0.1,
    "sigma": None,
    "sigma(robust=True)": None,
    "pot(q=0.05, p0=0.5)": 0.05,
}
LABELLED = (
    "pr_optimal",
    "pr_optimal(prevalence=0.01)",
    "youden",
    "cost_weighted",
    f"cost_weighted({RANGES})",
    "reject_band",
    "recall_at_least",
    "recall_at_least(certified=True)",
    "precision_at_least(rate=0.5, prevalence=0.01)",
    "precision_at_least(rate=0.5, prevalence=0.01, certified=True)",
)
SPLITS = 2000


def main(run: Path) -> None:
    """Print two tables: what each cut decides by protocol, and which rates are kept on normal images."""
    table = ScoreTable.read_csv(run / "scores.csv")
    names = [*PROMISED, *LABELLED]
    found = {
        protocol: compare({"run": table}, strategies=names, costs=COSTS, protocol=protocol).tables[0]
        for protocol in PROTOCOLS
    }
    print("\n".join(by_protocol(names, found)))
    print()
    print("\n".join(promises(table, found["normal_only"])))


def by_protocol(names: list[str], found: dict[str, ComparedTable]) -> Iterator[str]:
    """Yield a row for each strategy: missed, false alarms and the cost of 1,000 parts by protocol."""
    yield "| strategy | " + " | ".join(f"`{protocol}`" for protocol in found) + " |"
    yield "|---" * (len(found) + 1) + "|"
    shown = {protocol: list(rows(table)) for protocol, table in found.items()}
    for index, name in enumerate(names):
        yield f"| `{name}` | " + " | ".join(cell(shown[protocol][index]) for protocol in found) + " |"


def cell(row: Row) -> str:
    if row.strategy.confusion is None:
        return "no cut"
    c = row.strategy.confusion
    review = c.review_normal + c.review_anomalous
    text = f"{c.false_normal} / {c.false_anomalous}" + (f" / {review} to review" if review else "")
    return f"{text}; {row.figures['cost_per_1000'].value:.0f}"


def promises(table: ScoreTable, found: ComparedTable) -> Iterator[str]:
    """Yield a row for each rate: what was asked, what the test normals say, and the mean over random halves."""
    normal = table.where((table.label == 0) & (table.split != "synthetic")).score
    held_out = int((table.split == "calibration").sum())
    yield (
        f"| strategy | asked | false alarms of {len(normal) - held_out} | 95 % interval | mean of re-splits | "
        "re-splits that keep it |"
    )
    yield "|---|---|---|---|---|---|"
    catalog = Catalog.discover()
    labels = {row.strategy.label: row for row in rows(found)}
    for name, asked in PROMISED.items():
        [config] = choose([name], catalog, None).strategies
        row = labels.get(config.label())
        what = "-" if asked is None else f"{100 * asked:g} %"
        if row is None or row.strategy.confusion is None:
            yield f"| `{name}` | {what} | no cut: {row.strategy.problem.split(': ', 1)[1] if row else ''} | | | |"
            continue
        alarm = row.figures["false_alarms"]
        rate = row.strategy.figures["false_alarm_rate"]
        rates = resplit(config.build(), normal, held_out)
        kept = "-" if asked is None else f"{100 * (rates <= asked).mean():.0f} %"
        interval = f"{100 * rate.low:.1f} to {100 * rate.high:.1f} %"
        yield f"| `{name}` | {what} | {alarm.value:.0f} | {interval} | {100 * rates.mean():.1f} % | {kept} |"


def resplit(threshold, normal: np.ndarray, held_out: int) -> np.ndarray:
    """Return the false-alarm rates of the others when a cut is fitted on random `held_out` of the normal scores."""
    random, rates = np.random.default_rng(0), []
    for _ in range(SPLITS):
        order = random.permutation(len(normal))
        cut = threshold.fit(normal[order[:held_out]], np.zeros(held_out, dtype=np.int64))
        rates.append((normal[order[held_out:]] >= cut.value).mean())
    return np.array(rates)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
