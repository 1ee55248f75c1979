"""`adfw plugins`: what is installed, where it comes from, and what is wrong with it."""

from __future__ import annotations

import typer

from adfw.catalog import Catalog

app = typer.Typer(add_completion=False)


@app.callback(invoke_without_command=True)
def listing() -> None:
    """List the installed components."""
    for entry in Catalog.discover().entries:
        print(entry.kind, entry.name, entry.source, entry.config.summary())
