"""`adfw run RECIPE`: from a recipe to a report."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from adfw.errors import AdfwError

if TYPE_CHECKING:
    from rich.console import Console

    from adfw.line import Run
    from adfw.recipe import Recipe

app = typer.Typer(add_completion=False, rich_markup_mode=None)


@app.command()
def run(
    recipe: Annotated[Path, typer.Argument(help="A recipe (YAML), or the name of a shipped one.")],
    overrides: Annotated[
        list[str] | None, typer.Option("--set", metavar="KEY=VALUE", help="Change a field, e.g. model.dropout=0.2.")
    ] = None,
    out: Annotated[Path | None, typer.Option(help="The new run folder; runs/NAME-001 and so on by default.")] = None,
    resume: Annotated[bool, typer.Option("--resume", help="Go on with an interrupted run of this recipe.")] = False,
    publish: Annotated[bool, typer.Option(help="Publish the detector in the model registry.")] = True,
) -> None:
    """Train, threshold, evaluate and report what RECIPE names."""
    from rich.console import Console

    from adfw.line import run as run_recipe
    from adfw.recipe import load_recipe
    from adfw.training.peers import joined

    console = Console()
    loaded = load_recipe(recipe, overrides=overrides or ())
    with joined() as peers:
        if peers.rank:  # the first of torchrun's processes prints and publishes
            run_recipe(loaded, out=out, resume=resume)
        else:
            _run(loaded, out, console, resume=resume, publish=publish)


def _run(recipe: Recipe, out: Path | None, console: Console, *, resume: bool, publish: bool) -> None:
    from adfw.cli.progress import TerminalJournal
    from adfw.line import run as run_recipe
    from adfw.report.terminal import print_report

    try:
        with TerminalJournal(console) as journal:
            finished = run_recipe(recipe, out=out, resume=resume, journal=journal)
    except KeyboardInterrupt:
        console.print("\nInterrupted; nothing finished is lost. Go on with the same line and --resume.")
        raise
    failure = _publish(finished, console) if publish else None
    print_report(finished.document, console, finished.folder / "report.html")
    if failure is not None:
        raise failure


def _publish(finished: Run, console: Console) -> AdfwError | None:
    """Publish a run's detector, if it has a threshold; return what stood in the way, for after the report."""
    from adfw.registry.package import publish

    if finished.document.scorers[0].strategies[0].cut is None:
        return None
    try:
        console.print(f"published as {publish(finished)} (see `adfw models list`)")
    except AdfwError as error:
        return error
    return None
