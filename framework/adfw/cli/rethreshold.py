"""`adfw rethreshold DETECTOR`: another threshold for a trained detector, without training."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

app = typer.Typer(add_completion=False, rich_markup_mode=None)


@app.command()
def rethreshold(  # noqa: PLR0913, PLR0917 - options of a verb
    detector: Annotated[str, typer.Argument(help="A run, a detector's folder, or a reference such as name@champion.")],
    strategy: Annotated[str, typer.Option(help="The strategy, e.g. percentile or percentile(q=0.95).")],
    fields: Annotated[
        list[str] | None, typer.Option("--set", metavar="KEY=VALUE", help="A field of the strategy; repeatable.")
    ] = None,
    costs: Annotated[
        str | None,
        typer.Option(metavar="MISS:ALARM[:REFERRAL]", help="Costs in any one unit, e.g. 100:1 or 100:1:0.2."),
    ] = None,
    prevalence: Annotated[
        float | None, typer.Option(help="Share of defective parts where the detector is used, e.g. 0.01.")
    ] = None,
    protocol: Annotated[str, typer.Option(help="auto, normal_only, cross_fit, split, oracle or synthetic.")] = "auto",
    seed: Annotated[int, typer.Option(min=0, help="Seed of folds and draws.")] = 0,
    scores: Annotated[Path | None, typer.Option(help="A score table to use instead of the saved one.")] = None,
    out: Annotated[Path | None, typer.Option(help="The new detector's folder.")] = None,
) -> None:
    """Fit a strategy to a detector's saved raw scores and write a new detector that names its parent."""
    from adfw.cli.terminal import plain_console
    from adfw.rethresholding import rethreshold as fit_again
    from adfw.thresholds.choosing import costs_of, with_fields
    from adfw.thresholds.words import describe, threshold_text

    made = fit_again(
        detector,
        with_fields(strategy, fields or ()),
        costs=costs_of(costs, prevalence),
        protocol=protocol,
        seed=seed,
        scores=scores,
        out=out,
    )
    console = plain_console()
    if made.before is not None:
        console.print(f"before: {threshold_text(made.before)}")
    for line in describe(made.strategy):
        console.print(line)
    console.print(f"parent: {made.parent}")
    console.print(str(made.folder if made.version is None else made.version))
