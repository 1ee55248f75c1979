"""`adfw plugins`: what is installed, where it comes from, and what is wrong with it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Annotated, Any

import typer

from adfw.cli.plugins_check import check
from adfw.cli.plugins_freeze import freeze
from adfw.cli.plugins_new import new

if TYPE_CHECKING:
    from rich.console import Console

    from adfw.catalog import Catalog

NARROW = 80
app = typer.Typer(add_completion=False, rich_markup_mode=None)
app.command("check")(check)
app.command("new")(new)
app.command("freeze")(freeze)


@app.callback(invoke_without_command=True)
def plugins(
    context: typer.Context,
    as_json: Annotated[bool, typer.Option("--json", help="Print the list as JSON.")] = False,
) -> None:
    """List the installed components, and the broken plugins with what is wrong with them."""
    if context.invoked_subcommand is None:
        from adfw.catalog import Catalog

        catalog = Catalog.discover()
        if as_json:
            print(json.dumps(_document(catalog), indent=2))
        else:
            _print_list(catalog)


@app.command()
def show(
    name: Annotated[str, typer.Argument(help="A component, or KIND:NAME where two kinds share the name.")],
) -> None:
    """Print a component's fields, defaults and docstring."""
    from adfw.catalog import Catalog
    from adfw.cli.terminal import plain_console
    from adfw.component_page import component_page

    plain_console().print(component_page(Catalog.discover().look_up(name)), end="")


def _document(catalog: Catalog) -> dict[str, Any]:
    components = [
        {"kind": entry.kind, "name": entry.name, **entry.source._asdict(), "summary": entry.config.summary()}
        for entry in catalog.entries
    ]
    faults: dict[str, list[dict[str, Any]]] = {"broken": [], "not_allowed": []}
    for fault in catalog.faults:
        found = {**fault.source._asdict(), "names": fault.names, "reason": fault.reason}
        faults["broken" if fault.allowed else "not_allowed"].append(found)
    return {"components": components, **faults}


def _print_list(catalog: Catalog) -> None:
    from adfw.cli.terminal import plain_console

    console = plain_console()
    if console.width < NARROW:
        _print_stacked(catalog, console)
    else:
        _print_table(catalog, console)
    for fault in catalog.faults:
        console.print(str(fault))


def _print_table(catalog: Catalog, console: Console) -> None:
    from rich.table import Table

    table = Table("kind", "name", "distribution", "version", "description", box=None, pad_edge=False)
    for entry in catalog.entries:
        source = entry.source
        table.add_row(entry.kind, entry.name, source.distribution, source.version, entry.config.summary())
    console.print(table)


def _print_stacked(catalog: Catalog, console: Console) -> None:
    from rich.padding import Padding

    for entry in catalog.entries:
        console.print(f"{entry.kind} {entry.name} ({entry.source})")
        console.print(Padding(entry.config.summary(), (0, 0, 0, 2)))
