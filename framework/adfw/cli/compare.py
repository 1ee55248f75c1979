"""`adfw compare SOURCE...`: threshold strategies side by side, on scores that are already there."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

app = typer.Typer(add_completion=False, rich_markup_mode=None)


@app.command()
def compare(  # noqa: PLR0913, PLR0917 - options of a verb
    sources: Annotated[
        list[Path], typer.Argument(metavar="SOURCE...", help="Runs, or CSV files with the columns id, label and score.")
    ],
    strategy: Annotated[
        list[str] | None,
        typer.Option(metavar="STRATEGY", help="E.g. percentile(q=0.99); repeatable; all that fit by default."),
    ] = None,
    costs: Annotated[
        str | None,
        typer.Option(metavar="MISS:ALARM[:REFERRAL]", help="Costs in any one unit, e.g. 100:1 or 100:1:0.2."),
    ] = None,
    prevalence: Annotated[
        float | None, typer.Option(help="Share of defective parts where the detector is used, e.g. 0.01.")
    ] = None,
    protocol: Annotated[str, typer.Option(help="auto, normal_only, cross_fit, split, oracle or synthetic.")] = "auto",
    scorer: Annotated[str | None, typer.Option(help="A run's scorer by its label, or all.")] = None,
    draws: Annotated[
        int | None, typer.Option(min=100, help="Bootstrap draws; else 2000, fewer beyond 500,000 scores.")
    ] = None,
    seed: Annotated[int, typer.Option(min=0, help="Seed of folds and draws.")] = 0,
    csv: Annotated[Path | None, typer.Option(help="Write the table here, too.")] = None,
    json: Annotated[Path | None, typer.Option(help="Write everything here, too.")] = None,
    html: Annotated[Path | None, typer.Option(help="Write a page here, too.")] = None,
) -> None:
    """Compare threshold strategies on the scores of runs, or of any tool: cuts, errors and costs with intervals.

    Of several runs, reconstruction and every metric are set side by side, too.
    """
    from adfw.cli.terminal import plain_console
    from adfw.thresholds import compare as compare_strategies
    from adfw.thresholds.choosing import costs_of

    found = compare_strategies(
        sources,
        strategies=strategy,
        costs=costs_of(costs, prevalence),
        scorer=scorer,
        protocol=protocol,
        draws=draws,
        seed=seed,
    )
    for path, write in ((csv, found.to_csv), (json, found.to_json), (html, found.to_html)):
        if path is not None:
            write(path)
    found.print(plain_console())
