"""`adfw schema`: the JSON Schema of recipes, for editors."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from adfw.errors import AdfwError

app = typer.Typer(add_completion=False, rich_markup_mode=None)


@app.command()
def schema(
    out: Annotated[Path | None, typer.Option(help="The file to write, instead of printing.")] = None,
) -> None:
    """Print the JSON Schema of recipes that name the installed components."""
    from adfw.catalog import Catalog
    from adfw.recipe.schema import json_schema

    text = json.dumps(json_schema(Catalog.discover()), indent=2, ensure_ascii=False)
    if out is None:
        print(text)
    else:
        try:
            out.write_text(f"{text}\n", encoding="utf-8")
        except OSError as error:
            raise AdfwError(f"{out}: cannot be written ({error.strerror}); choose another place with --out") from None
        print(f"{out}: point an editor at it with a first line `# yaml-language-server: $schema={out.name}`")
