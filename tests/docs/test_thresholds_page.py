"""The worked example of docs/thresholds.md: its scores, its table and its sentences are computed here.

python tests/docs/test_thresholds_page.py      writes docs/example_scores.csv and the example into the page
"""

from __future__ import annotations

import re
import shlex
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from adfw import Comparison, ScoreTable, compare, decide, ship_cut
from adfw.cli import main
from adfw.thresholds.words import figure_text, rows, threshold_text
from adfw_plugins.thresholds import CostWeightedConfig, PacConformalConfig

if TYPE_CHECKING:
    import pytest

    from adfw.thresholds.comparison import ComparedTable

ROOT = Path(__file__).resolve().parents[2]
PAGE, SCORES = ROOT / "docs" / "thresholds.md", ROOT / "docs" / "example_scores.csv"
BEGIN, END = "<!-- computed by tests/docs/test_thresholds_page.py -->", "<!-- end of what is computed -->"
COSTS = {"false_negative": 40.0, "false_positive": 0.5, "prevalence": 0.005, "referral": 0.1}
STRATEGIES = [
    "percentile(q=0.99)",
    "conformal(alpha=0.05)",
    "pac_conformal(alpha=0.05)",
    "pr_optimal",
    "recall_at_least(rate=0.95)",
    "cost_weighted",
    "reject_band",
]


def example_scores() -> ScoreTable:
    """Draw what a mean squared error might be: scratches stand out, dents less so."""
    rng = np.random.default_rng(7)
    parts = [("calibration", "good", 150, 0.0, 1.0), ("test", "good", 120, 0.0, 1.0)]
    parts += [("test", "scratch", 120, 3.2, 1.0), ("test", "dent", 80, 2.2, 1.2)]
    made = []
    for split, kind, count, shift, spread in parts:
        scores = np.round(0.0042 + 0.0006 * rng.normal(shift, spread, count), 7)
        defect = "" if kind == "good" else kind
        made += [(f"{split}/{kind}/{i:03d}.png", split, int(kind != "good"), defect, s) for i, s in enumerate(scores)]
    return ScoreTable.of(made)


def compared() -> Comparison:
    return compare(ScoreTable.read_csv(SCORES), strategies=STRATEGIES, costs=COSTS, draws=2000)


HEAD = "strategy | cut | missed of 200 | false alarms of 120 | to review | cost of 1,000 parts"


def example(found: Comparison) -> str:
    """Return the computed part of the page."""
    [table] = found.tables
    lines = [f"| {HEAD} |", "|---" * 6 + "|"]
    for row in rows(table):
        confusion, cost = row.strategy.confusion, row.figures["cost_per_1000"]
        review = confusion.review_normal + confusion.review_anomalous
        counts = f"{confusion.false_normal} | {confusion.false_anomalous} | {review}"
        name, cut = row.strategy.config["name"], threshold_text(row.strategy.cut)
        lines.append(f"| `{name}` | {cut} | {counts} | {' '.join(figure_text(cost))} |")
    for name, figure in table.policies.items():
        lines.append(f"| policy: {name} | | | | | {figure_text(figure)[0]} |")
    return "\n".join([*lines, "", *said(table)])


def said(table: ComparedTable) -> list[str]:
    cost = {row.strategy.config["name"]: row.figures["cost_per_1000"].value for row in rows(table)}
    cheapest = min((name for name in cost if name != "reject_band"), key=cost.get)
    both = {"pr_optimal", "cost_weighted"}
    [pair] = [pair for pair in table.pairs if {pair.first.split("(")[0], pair.second.split("(")[0]} == both]
    weighted = next(label for label in (pair.first, pair.second) if label.startswith("cost_weighted"))
    more = pair.turned(weighted).cost_difference
    settled = "do not settle" if more.low <= 0 <= more.high else "settle"
    return [
        f"With one cut, `{cheapest}` is the cheapest here: {cost[cheapest]:.0f} for 1,000 parts. The cut with the",
        f"largest F1 costs {cost['pr_optimal']:.0f}: on the same parts {more.value:.0f} more than `cost_weighted`,",
        f"with a 95 % interval from {more.low:.0f} to {more.high:.0f}, so these 320 images {settled} which of the two",
        "is cheaper.",
        f"A second cut, with a human between the two, costs {cost['reject_band']:.0f}; that was the cheapest in "
        f"{table.best_share:.0%} of the",
        "bootstrap draws.",
    ]


def page_part() -> str:
    return PAGE.read_text(encoding="utf-8").split(BEGIN)[1].split(END)[0].strip()


def test_the_examples_scores_are_the_drawn_ones() -> None:
    read, drawn = ScoreTable.read_csv(SCORES), example_scores()
    assert read.id.tolist() == drawn.id.tolist()
    assert read.score.tolist() == drawn.score.tolist()


def test_the_numbers_of_the_page_are_computed() -> None:
    assert page_part() == example(compared())


def test_the_pages_commands_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    text = PAGE.read_text(encoding="utf-8")
    commands = [
        line
        for block in re.findall(r"```sh\n(.*?)```", text, re.DOTALL)
        for line in block.replace("\\\n", "").splitlines()
    ]
    ours = [shlex.split(line)[1:] for line in commands if "example_scores.csv" in line]
    assert ours
    for words in ours:
        moved = [str(tmp_path / word) if word.endswith(".html") else word for word in words]
        assert main(moved) == 0
    assert list(tmp_path.glob("*.html"))


def test_the_pages_python_runs(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.chdir(ROOT)
    blocks = re.findall(r"```python\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
    assert len(blocks) >= 2
    for block in blocks:
        exec(block, {})
    assert "anomalous" in capsys.readouterr().out


def test_what_the_page_says_of_counts_is_so() -> None:
    text = PAGE.read_text(encoding="utf-8")
    table = ScoreTable.read_csv(SCORES)
    cut = ship_cut(PacConformalConfig(alpha=0.05), table)
    assert cut.promise.split(",")[0] in " ".join(text.split())
    shipped = ship_cut(CostWeightedConfig(false_negative=40, false_positive=0.5, prevalence=0.005), table)
    test = table.of_split("test")
    flagged = decide(test.score, shipped) == "anomalous"
    assert 0 < flagged[test.label == 0].sum() < 120


if __name__ == "__main__":
    example_scores().write_csv(SCORES)
    before, after = PAGE.read_text(encoding="utf-8").split(BEGIN)[0], PAGE.read_text(encoding="utf-8").split(END)[1]
    PAGE.write_text(f"{before}{BEGIN}\n\n{example(compared())}\n\n{END}{after}", encoding="utf-8")
