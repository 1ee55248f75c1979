"""`adfw recipes`: the recipes that ship with `adfw`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

app = typer.Typer(add_completion=False, no_args_is_help=True, rich_markup_mode=None)


@app.callback()
def recipes() -> None:
    """List the recipes that ship with adfw, or copy one."""


@app.command()
def ls() -> None:
    """List the shipped recipes, each with what it does."""
    from adfw.cli.terminal import plain_console
    from adfw.recipe.shipped import purpose, shipped_recipes

    console = plain_console()
    for name, path in shipped_recipes().items():
        console.print(f"{name}: {purpose(path)}")


@app.command()
def cp(
    name: Annotated[str, typer.Argument(help="A recipe that `adfw recipes ls` lists.")],
    to: Annotated[Path | None, typer.Option(help="The new file, or a folder; here by default.")] = None,
) -> None:
    """Copy a shipped recipe, to be changed; an existing file is never overwritten."""
    from adfw.recipe.shipped import copy_recipe

    copy = copy_recipe(name, to or Path())
    print(f"{copy}: check it with `adfw check {copy}`, run it with `adfw run {copy}`")
