"""A comparison in sentences, and its figures as short text."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from adfw.evaluation.figure import Figure

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from adfw.report.document import CutDocument, StrategyDocument
    from adfw.thresholds.comparison import Across, ComparedRun, ComparedTable, Pair

ORACLE = "oracle_"
COLUMNS = {
    "cost_per_1000": "cost per 1,000",
    "missed": "missed",
    "false_alarms": "false alarms",
    "recall": "recall",
    "precision": "precision",
    "f1": "F1",
}
"""Figures of a strategy in the order of the tables, with their headings."""


def columns(table: ComparedTable) -> dict[str, str]:
    """Return the columns that the table has figures for: none of costs where no costs were stated."""
    return {name: heading for name, heading in COLUMNS.items() if name != "cost_per_1000" or table.policies}


class Row(NamedTuple):
    """A strategy as a row of a table: figures by the names in `COLUMNS`; `oracle` if they were measured in sample."""

    strategy: StrategyDocument
    figures: dict[str, Figure]
    oracle: bool


def rows(table: ComparedTable) -> Iterator[Row]:
    """Return the strategies of a table with the counts that the rates stand for."""
    for strategy in table.strategies:
        oracle = strategy.leakage == "in_sample"
        known = {name.removeprefix(ORACLE): figure for name, figure in strategy.figures.items()}
        known |= {"missed": _missed(strategy, known), "false_alarms": _count(known.get("false_alarm_rate"))}
        missing = Figure.undefined("there is no cut" if strategy.cut is None else "no costs are stated")
        yield Row(strategy, {name: known.get(name, missing) for name in COLUMNS}, oracle)


def origin(row: Row) -> str:
    """Say by which protocol the cut was fitted, and that figures are an oracle's where they are."""
    leak = row.strategy.leakage
    if row.oracle:
        return "oracle (in sample)"
    return row.strategy.protocol if leak in {"none", row.strategy.protocol} else f"{row.strategy.protocol}, {leak}"


def run_rows(runs: Sequence[ComparedRun]) -> Iterator[tuple[str, list[str]]]:
    """Return headings with a cell for each run: what differs in the recipes, reconstruction, figures of the scorers."""
    for field in {field: None for run in runs for field in run.differs}:
        yield field, [str(run.differs.get(field, "-")) for run in runs]
    for name in {name: None for run in runs for name in run.reconstruction}:
        yield f"reconstruction: {name}", [_cell(run.reconstruction.get(name)) for run in runs]
    for scorer in {scorer: None for run in runs for scorer in run.scorers}:
        for name in {name: None for run in runs for name in run.scorers.get(scorer, {})}:
            yield f"{scorer}: {name}", [_cell(run.scorers.get(scorer, {}).get(name)) for run in runs]


def _cell(figure: Figure | None) -> str:
    return "-" if figure is None else " ".join(figure_text(figure)).strip()


def threshold_text(cut: CutDocument, interval: tuple[float | None, float | None] | None = None) -> str:
    """Write a cut, with its interval if there is one."""
    return " ".join(filter(None, threshold_parts(cut, interval)))


def threshold_parts(cut: CutDocument, interval: tuple[float | None, float | None] | None) -> tuple[str, str]:
    """Write a cut and its interval; the second is "" where there is none."""
    value = cut.kind if cut.value is None else f"{cut.value:.4g}"
    if cut.review_from is not None:
        value = f"review {float.fromhex(cut.review_from):.4g}, {value}"
    if interval is None:
        return value, ""
    low, high = ("-inf" if interval[0] is None else f"{interval[0]:.4g}", interval[1])
    return value, f"[{low}, {'inf' if high is None else f'{high:.4g}'}]"


def describe(strategy: StrategyDocument) -> Iterator[str]:
    """Say in lines what a strategy's cut is, what it promises and what it decided on the test images."""
    if strategy.cut is not None:
        yield f"{strategy.label}: {threshold_text(strategy.cut, strategy.cut_interval)}"
        yield f"protocol {strategy.protocol}, leakage {strategy.leakage}, validity {strategy.validity}"
        yield f"promises {strategy.cut.promise or 'nothing'}"
        yield from (f"note: {warning}" for warning in strategy.cut.warnings)
    for name, figure in strategy.figures.items():
        yield f"{name}: {' '.join(figure_text(figure)).strip()}"


def figure_text(figure: Figure) -> tuple[str, str]:
    """Write a figure and its interval; the second is "" where there is none."""
    if figure.value is None:
        return "-", ""
    interval = "" if figure.low is None or figure.high is None else f"[{short(figure.low)}, {short(figure.high)}]"
    return short(figure.value), interval


def across_sentence(across: Across) -> str:
    """Say how two tables differ on the images that both have, or why that cannot be told."""
    names = f"{across.first} and {across.second}"
    if across.problem:
        return f"{names} cannot be set against each other image by image: {across.problem}."
    images = f"on the same {across.n_normal} normal and {across.n_anomalous} anomalous images"
    figure = across.auroc_difference
    if figure is None or figure.value is None or figure.low is None or figure.high is None:
        return f"{names}, {images}: the difference of their AUROC is undefined" + (
            f" ({figure.reason})." if figure is not None and figure.reason else "."
        )
    told = "these images do not tell them apart" if figure.low <= 0 <= figure.high else "the interval excludes 0"
    return f"{names}, {images}: AUROC differs by {' '.join(figure_text(figure))}; {told}."


def sentences(table: ComparedTable, draws: int) -> Iterator[str]:
    """Say which strategy is cheapest, how sure that is, and what the figures do not say."""
    if 0 in {table.n_normal, table.n_anomalous}:
        yield "The test images are all of one class: there are no errors of the other kind to compare."
    if any(strategy.leakage == "in_sample" for strategy in table.strategies):
        yield "Figures named oracle were measured on the images that set the cut; new parts do worse."
    if any(strategy.leakage == "partial" for strategy in table.strategies):
        yield "Some of the decided images also set the cut: their figures are too good (leakage: partial)."
    if any(strategy.validity == "synthetic" for strategy in table.strategies):
        yield "Cuts by the protocol synthetic were fitted on defects that were drawn; the figures are of test images."
    yield from _best(table, draws)


def _best(table: ComparedTable, draws: int) -> Iterator[str]:
    if table.best is None or table.best_share is None:
        return
    [row] = [row for row in rows(table) if row.strategy.label == table.best][:1]
    cost = row.figures["cost_per_1000"]
    value, interval = figure_text(cost)
    yield (
        f"{table.best} is the cheapest at the stated costs: {value} for 1,000 parts {interval}; "
        f"so it was in {table.best_share:.0%} of {draws} bootstrap draws."
    )
    mine = [pair.turned(table.best) for pair in table.pairs if table.best in {pair.first, pair.second}]
    same = [pair.first for pair in mine if _undecided(pair)]
    if same:
        yield f"These images do not tell it apart from: {', '.join(same)}."
    policy, trivial = min(table.policies.items(), key=lambda item: item[1].value or 0.0)
    if cost.value is not None and trivial.value is not None and cost.value >= trivial.value:
        yield f"No strategy costs less than the policy to {policy} ({short(trivial.value)})."


def _undecided(pair: Pair) -> bool:
    cost = pair.cost_difference
    return cost is not None and cost.low is not None and cost.high is not None and cost.low <= 0 <= cost.high


def _missed(strategy: StrategyDocument, known: dict[str, Figure]) -> Figure:
    """Count the anomalies that were passed; those sent to review were not."""
    if strategy.confusion is None:
        return Figure.undefined("there is no cut")
    return _count(known.get("escape_rate")) if "escape_rate" in known else _count(_complement(known.get("recall")))


def _complement(rate: Figure | None) -> Figure | None:
    if rate is None or rate.count is None or rate.total is None or rate.low is None or rate.high is None:
        return rate
    return Figure(
        value=1 - rate.count / rate.total,
        low=1 - rate.high,
        high=1 - rate.low,
        count=rate.total - rate.count,
        total=rate.total,
    )


def _count(rate: Figure | None) -> Figure:
    """Return the number of images behind a rate, with the rate's interval in images."""
    if rate is None or rate.count is None or not rate.total or rate.low is None or rate.high is None:
        return Figure.undefined("there are no such images" if rate is None else rate.reason)
    return Figure(
        value=rate.count, low=rate.low * rate.total, high=rate.high * rate.total, count=rate.count, total=rate.total
    )


def short(number: float) -> str:
    """Write a number with three digits, or as a whole one."""
    if number == 0 or (abs(number) >= 100 and abs(number) < 1e6):
        return f"{number + 0.0:,.0f}"  # + 0.0 makes the minus of a negative zero go
    return f"{number:.3g}"
