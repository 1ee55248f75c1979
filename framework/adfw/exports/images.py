"""The images on which an export has to prove itself: golden ones, those of the run, and those the user names."""

from __future__ import annotations

from typing import TYPE_CHECKING

from adfw.errors import AdfwError
from adfw.images.decode import decode_image
from adfw.json_files import read_json
from adfw.registry.golden import FILE, FOLDER
from adfw.run_folder import RunFolder

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from pathlib import Path

    from torch import Tensor

    from adfw.catalog import Catalog

Named = tuple[str, "Tensor"]


def images_for(
    source: Path, more: Iterable[Path], catalog: Catalog | None, say: Callable[[str], None]
) -> Iterator[Named]:
    """Yield the golden images of a package or of its run, the run's calibration and test images, and `more`.

    `say` hears where the run's images are not at hand. Raises InvalidImage for a file of `more` that is none.
    """
    run = RunFolder(source.parent)
    place = source / FOLDER if (source / FOLDER / FILE).is_file() else run.golden
    if (place / FILE).is_file():
        for entry in read_json(place / FILE)["images"]:
            yield f"golden image {entry['file']}", decode_image(place / entry["file"])
    if run.document.is_file():
        yield from _of_run(run, catalog, say)
    for path in more:
        yield str(path), decode_image(path)


def _of_run(run: RunFolder, catalog: Catalog | None, say: Callable[[str], None]) -> Iterator[Named]:
    from adfw.recipe.loading import load_recipe

    try:
        dataset = load_recipe(run.recipe, catalog=catalog).dataset.build()
        for split in ("calibration", "test"):
            for sample in dataset.split(split):
                yield sample.id, sample.image
    except AdfwError as error:
        say(f"the run's own images are not at hand, so the export is not compared on them ({error})")
