"""`adfw benchmark RECIPE...`: quality against latency, memory and size, as one table."""

from __future__ import annotations

import typer

from adfw.cli.sweep import Categories, Out, Overrides, Recipes, Seeds

app = typer.Typer(add_completion=False, rich_markup_mode=None)


@app.command()
def benchmark(
    recipes: Recipes, out: Out, categories: Categories = None, seeds: Seeds = None, overrides: Overrides = None
) -> None:
    """Run recipes as `adfw sweep` does, one at a time, and measure latency and size, too; exit code 1 if one failed."""
    from adfw.cli.terminal import plain_console
    from adfw.sweeping.engine import benchmark as benchmark_recipes
    from adfw.sweeping.tables import print_sweep

    console = plain_console()
    found = benchmark_recipes(
        recipes,
        out=out,
        categories=categories or (),
        seeds=seeds or (),
        overrides=overrides or (),
        told=console.print,
    )
    print_sweep(found, console)
    console.print(out / "benchmark.html")
    raise typer.Exit(1 if found.failed else 0)
