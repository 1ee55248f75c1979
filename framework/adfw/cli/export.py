"""`adfw export DETECTOR --to onnx`: a detector for other runtimes, proved to decide alike."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated, Literal

import typer

app = typer.Typer(add_completion=False, rich_markup_mode=None)


@app.command()
def export(
    detector: Annotated[str, typer.Argument(help="A run, a detector's folder, or a reference such as name@champion.")],
    to: Annotated[Literal["onnx", "openvino", "torch"], typer.Option(help="The form; torch is torch.export's.")],
    out: Annotated[Path | None, typer.Option(help="A new folder; else NAME-FORM.")] = None,
    images: Annotated[
        list[str] | None,
        typer.Option(help="Files, folders or patterns of more images to compare on; repeatable."),
    ] = None,
) -> None:
    """Write a detector for another runtime, unless one score or verdict would differ."""
    from adfw.exports.exporting import export as make
    from adfw.inspection.paths import expand

    made = make(
        detector,
        to,
        out=out,
        images=expand(images or ()),
        say=lambda sentence: print(sentence, file=sys.stderr),
    )
    parity = made.parity
    print(f"{parity.images} images: the same verdict for each; scores differ by at most")
    print(f"  {parity.from_files:.1e} of their value from the file (allowed {parity.tolerance_from_files:g}) and")
    print(f"  {parity.behind_resizing:.1e} behind resizing (allowed {parity.tolerance_behind_resizing:g})")
    print(f"parent: {made.parent}")
    print(made.folder)
