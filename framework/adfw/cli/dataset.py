"""`adfw dataset`: write the images of a dataset as files, without a camera."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from collections.abc import Mapping

    from adfw.interfaces import Dataset

app = typer.Typer(add_completion=False, no_args_is_help=True, rich_markup_mode=None)


@app.callback()
def dataset() -> None:
    """Write the images of a dataset as files."""


@app.command()
def draw(  # noqa: PLR0913, PLR0917 - one for each option of the verb
    out: Annotated[Path, typer.Option(help="A new folder, or an empty one.")],
    train: Annotated[int | None, typer.Option(help="Normal images to train on; 48 by default.")] = None,
    calibration: Annotated[int | None, typer.Option(help="More normal images in train/good; 20 by default.")] = None,
    normal: Annotated[int | None, typer.Option(help="Normal images to test on; 20 by default.")] = None,
    defects: Annotated[int | None, typer.Option(help="Images of each type of defect; 8 by default.")] = None,
    size: Annotated[int | None, typer.Option(help="Pixels a side; 512 by default.")] = None,
    seed: Annotated[int | None, typer.Option(help="Another seed draws other images; 0 by default.")] = None,
    source: Annotated[str, typer.Option("--dataset", help="The installed dataset that makes the images.")] = "capsules",
    category: Annotated[str, typer.Option(help="The folder below OUT that holds them.")] = "capsule",
) -> None:
    """Draw images into a new folder OUT, in the layout of MVTec AD: OUT/capsule/train/good, test/crack and so on."""
    from adfw.images.layout import write_mvtec_layout

    given = {
        "train": train, "calibration": calibration, "normal": normal, "defects": defects, "size": size, "seed": seed
    }  # fmt: skip
    drawn = _build(source, {key: value for key, value in given.items() if value is not None})
    for folder, count in write_mvtec_layout(drawn, out, category).items():
        print(f"{count:6d}  {out / category / folder}")
    print(f"Use them with: adfw run RECIPE --set dataset.root={out} --set dataset.category={category}")


def _build(name: str, fields: Mapping[str, Any]) -> Dataset:
    """Build an installed dataset; raises RecipeError that names the options it does not take."""
    from pydantic import ValidationError

    from adfw.catalog import Catalog
    from adfw.errors import RecipeError

    config = Catalog.discover().find("dataset", name).config
    try:
        built: Dataset = config(**fields).build()
    except ValidationError as error:
        raise RecipeError([_sentence(name, dict(fault)) for fault in error.errors()]) from error
    return built


def _sentence(name: str, fault: Mapping[str, Any]) -> str:
    key = ".".join(map(str, fault["loc"]))
    if fault["type"] == "extra_forbidden":
        return f"--{key}: dataset {name!r} has no such field; leave the option out"
    if fault["type"] == "missing":
        return f"--dataset {name}: needs {key!r}, which `adfw dataset draw` cannot give; use it in a recipe instead"
    return f"--{key}: {fault['msg']}, not {fault['input']!r}"
