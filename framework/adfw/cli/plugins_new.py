"""`adfw plugins new`: write a distribution to begin a plugin with."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer


def new(
    name: Annotated[str, typer.Argument(help="The distribution, e.g. adfw-large-spots: `large_spots` in recipes.")],
    kind: Annotated[str, typer.Option(help="scorer, threshold, model or dataset.")],
    out: Annotated[Path, typer.Option(help="The folder in which a new one, called NAME, is made.")] = Path(),
) -> None:
    """Write an installable plugin with tests, typed, and a recipe; it passes its own checks as it stands."""
    from adfw.catalog import Catalog
    from adfw.scaffold import plugin_names, write_plugin

    names = plugin_names(name, kind, Catalog.discover())
    written = write_plugin(names, out)
    folder = out / names.distribution
    print(f"{folder}: a {names.kind}, `{names.component}` in recipes")
    for path in written:
        print(f"  {path.relative_to(folder)}")
    print("Next, in that folder:")
    for step in ("pip install -e '.[test]'", "pytest", f"adfw plugins check {names.component}", "less README.md"):
        print(f"  {step}")
