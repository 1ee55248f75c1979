"""`adfw models push` and `pull`: versions from the registry of this machine to another store, and back."""

from __future__ import annotations

from typing import Annotated

import typer

STORE = "NAME or NAME:URI, e.g. mlflow:http://127.0.0.1:5000"
_CHOSEN = f"{STORE}; else ADFW_STORE's, or this machine's."
Where = Annotated[str | None, typer.Option("--store", metavar="STORE", help=_CHOSEN)]
References = Annotated[
    list[str], typer.Argument(metavar="REFERENCE", help="name, name:7, name@champion or name@sha256:...")
]


def push(
    references: References,
    to: Annotated[str, typer.Option(metavar="STORE", help=f"The other store: {STORE}.")],
    store: Where = None,
) -> None:
    """Publish versions in another store.

    What is there already stays as it is.
    """
    from adfw.registry.opening import open_store, transfer

    source, target = open_store(store), open_store(to)
    for reference in references:
        version = transfer(source, target, reference)
        print(f"{version} in {to}  {version.digest}")


def pull(
    references: References,
    source: Annotated[str, typer.Option("--from", metavar="STORE", help=f"The other store: {STORE}.")],
    store: Where = None,
) -> None:
    """Publish versions of another store here.

    Every byte is checked first.
    """
    from adfw.registry.opening import open_store, transfer

    other, target = open_store(source), open_store(store)
    for reference in references:
        version = transfer(other, target, reference)
        print(f"{version}  {version.digest}")
