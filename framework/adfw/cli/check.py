"""`adfw check`: a recipe and its dataset, looked over without running."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from collections.abc import Iterator

    from adfw.component import Component
    from adfw.doctor import DatasetReport
    from adfw.recipe.document import Recipe

app = typer.Typer(add_completion=False, rich_markup_mode=None)


@app.command()
def check(
    recipes: Annotated[
        list[Path], typer.Argument(metavar="RECIPE...", help="Recipes (YAML), or names of shipped ones.")
    ],
    overrides: Annotated[
        list[str] | None, typer.Option("--set", metavar="KEY=VALUE", help="Change a field, e.g. model.dropout=0.2.")
    ] = None,
    data: Annotated[bool, typer.Option("--data/--no-data", help="Also read every image of the dataset.")] = True,
) -> None:
    """Validate recipes, and look over the images they name: what they hold and what would spoil a run."""
    from adfw.catalog import Catalog
    from adfw.errors import AdfwError
    from adfw.recipe.loading import load_recipe

    catalog = Catalog.discover()
    seen: dict[str, DatasetReport] = {}
    faulty = False
    for source in recipes:
        try:
            recipe = load_recipe(source, catalog=catalog, overrides=overrides or ())
            print(f"{source}: the recipe is fine")
            faulty |= data and _look_at_data(recipe, seen)
        except AdfwError as error:
            typer.echo(str(error), err=True)
            faulty = True
    if faulty:
        raise typer.Exit(2)


def _look_at_data(recipe: Recipe, seen: dict[str, DatasetReport]) -> bool:
    """Print what the dataset holds, and tell whether something is wrong with it; build the other components, too."""
    from adfw.doctor import look_over
    from adfw.thresholds.fallback import strategies_in

    strategies = (strategy for entry in recipe.thresholds for strategy in strategies_in(entry))
    others: tuple[Component[Any], ...] = (recipe.model, *recipe.scorers, *strategies)
    for component in others:
        component.build()
    label, dataset = recipe.dataset.label(), recipe.dataset.build()
    report = seen[label] if label in seen else seen.setdefault(label, look_over(dataset))
    print(f"  dataset: {label}")
    for line in (*_contents(report), *([dataset.notice] if dataset.notice else [])):
        print(f"  {line}")
    for finding in report.findings:
        typer.echo(f"  {finding.severity}: {finding.sentence}", err=finding.severity == "error")
    return bool(report.errors)


def _contents(report: DatasetReport) -> Iterator[str]:
    for split, counts in report.counts.items():
        yield f"{split}: {', '.join(f'{count} {defect}' for defect, count in counts.items()) or 'no images'}"
    sizes = [f"{count} of {width} x {height}" for (height, width), count in report.sizes.items()]
    yield f"pixels: {', '.join(sizes) or 'none'}"
