"""`adfw sweep RECIPE...`: many runs, on this machine or a cluster, as one table."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

app = typer.Typer(add_completion=False, rich_markup_mode=None)

Recipes = Annotated[list[str], typer.Argument(metavar="RECIPE...", help="Recipes (YAML), or names of shipped ones.")]
Out = Annotated[Path, typer.Option(help="The folder of runs and tables; the same again goes on where it stopped.")]
Categories = Annotated[
    list[str] | None, typer.Option("--category", help="Of the dataset; repeatable. The recipes' own by default.")
]
Seeds = Annotated[list[int] | None, typer.Option("--seed", help="Repeatable. The recipes' own by default.")]
Overrides = Annotated[
    list[str] | None, typer.Option("--set", metavar="KEY=VALUE", help="Change a field of every recipe.")
]


@app.command()
def sweep(  # noqa: PLR0913, PLR0917 - options of a verb
    recipes: Recipes,
    out: Out,
    categories: Categories = None,
    seeds: Seeds = None,
    overrides: Overrides = None,
    executor: Annotated[str, typer.Option(help="E.g. local(workers=2), or ray(address=auto).")] = "local",
) -> None:
    """Run every recipe on every category with every seed, and put all into one table; exit code 1 if a run failed."""
    from adfw.cli.terminal import plain_console
    from adfw.sweeping.engine import sweep as sweep_recipes
    from adfw.sweeping.tables import print_sweep

    console = plain_console()
    found = sweep_recipes(
        recipes,
        out=out,
        categories=categories or (),
        seeds=seeds or (),
        overrides=overrides or (),
        executor=executor,
        told=console.print,
    )
    print_sweep(found, console)
    console.print(out / "sweep.html")
    raise typer.Exit(1 if found.failed else 0)
