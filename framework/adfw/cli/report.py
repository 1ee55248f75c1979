"""`adfw report RUN`: the report of a finished run, made again from its saved parts."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

app = typer.Typer(add_completion=False, rich_markup_mode=None)


@app.command()
def report(
    run: Annotated[Path, typer.Argument(help="The folder of a finished run.")],
    out: Annotated[Path | None, typer.Option(help="Where to write the page; RUN/report.html by default.")] = None,
) -> None:
    """Write the page of RUN again, without training or scoring, and print its summary."""
    from rich.console import Console

    from adfw.line import Run
    from adfw.report.terminal import print_report
    from adfw.run_folder import RunFolder, write_atomically

    finished = Run.load(run)
    page = out or RunFolder(run).html
    write_atomically(page, finished.html())
    print_report(finished.document, Console(), page)
