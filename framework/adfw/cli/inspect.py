"""`adfw inspect DETECTOR PATHS...`: verdicts for image files."""

from __future__ import annotations

import sys
from collections import Counter
from pathlib import Path
from typing import Annotated, Any, Literal

import typer

from adfw.errors import RunError

app = typer.Typer(add_completion=False, rich_markup_mode=None)
NOT_ALL_NORMAL = 3
"""The exit code of --fail-on-anomaly where an image is not normal."""


@app.command()
def inspect(  # noqa: PLR0913, PLR0917 - options of a verb
    detector: Annotated[str, typer.Argument(help="name, name:7, name@champion, name@sha256:... or a folder with a /.")],
    paths: Annotated[list[str], typer.Argument(help="Files, folders, patterns, or - for a list on standard input.")],
    out: Annotated[
        str | None,
        typer.Option(help="A new .csv, .jsonl or .parquet file; CSV is printed without it. With --engine a folder."),
    ] = None,
    maps: Annotated[Path | None, typer.Option(help="A folder for the anomaly maps, at the images' size.")] = None,
    map_format: Annotated[Literal["tiff", "npy"], typer.Option(help="Of the maps; both hold float32.")] = "tiff",
    overlays: Annotated[Path | None, typer.Option(help="A folder for the images under their maps.")] = None,
    regions: Annotated[bool, typer.Option("--regions", help="List the regions that stand out.")] = False,
    region_level: Annotated[
        float | None, typer.Option(help="The map's value from which a region is one; half of each map's largest.")
    ] = None,
    roi: Annotated[
        Path | None, typer.Option(help="A mask of the images' size: only look where it is not black.")
    ] = None,
    ignore: Annotated[
        Path | None, typer.Option(help="A mask of the images' size: look away where it is not black.")
    ] = None,
    batch: Annotated[int, typer.Option(min=1, help="Images scored together.")] = 8,
    device: Annotated[str, typer.Option(help="cpu, cuda, cuda:1 or mps.")] = "cpu",
    engine: Annotated[
        str | None, typer.Option(help="Inspect in shards: local(workers=2), ray(address=auto); goes on if interrupted.")
    ] = None,
    shard: Annotated[int, typer.Option(min=1, help="With --engine: images in one table of --out.")] = 1024,
    fail_on_anomaly: Annotated[
        bool, typer.Option("--fail-on-anomaly", help="End with exit code 3 unless every image is normal.")
    ] = False,
) -> None:
    """Inspect image files; an unreadable one becomes an invalid row and does not stop the rest."""
    from adfw.detector_folder import read_detector
    from adfw.images.decode import decode_mask
    from adfw.inspection.paths import expand
    from adfw.inspection.pictures import Overlays, write_map
    from adfw.inspection.stream import InspectionOptions, inspect_files
    from adfw.inspection.tables import Table
    from adfw.registry.loading import locate

    if engine is not None:
        if out is None or maps or overlays or regions or roi or ignore:
            raise RunError("--engine writes tables only: give it a folder or URL with --out, and no maps or masks")
        in_shards = _inspect_shards(
            detector, paths, out, {"executor": engine, "shard": shard, "piece": batch, "device": device}
        )
        _end(in_shards, fail_on_anomaly=fail_on_anomaly)
        return
    place = locate(detector)
    options = InspectionOptions(
        maps=maps is not None or overlays is not None,
        regions=regions,
        level=region_level,
        roi=None if roi is None else decode_mask(roi),
        ignore=None if ignore is None else decode_mask(ignore),
        name=place.title,
    )
    loaded = read_detector(place.folder, device=device)
    files = expand(paths, sys.stdin)
    pictures = None if overlays is None else Overlays(overlays)
    counts: Counter[str] = Counter()
    with Table.open(None if out is None else Path(out)) as table:
        for finding in inspect_files(loaded, files, options, batch=batch):
            table.write(finding)
            counts[finding.verdict] += 1
            if maps is not None:
                write_map(finding, maps, map_format)
            if pictures is not None:
                pictures.write(finding)
    _end(counts, fail_on_anomaly=fail_on_anomaly)


def _inspect_shards(detector: str, paths: list[str], out: str, how: dict[str, Any]) -> Counter[str]:
    from adfw.shards.inspection import inspect_shards

    def tell(sentence: str) -> None:
        print(sentence, file=sys.stderr)

    found = inspect_shards(detector, paths, out=out, listed=sys.stdin, told=tell, **how)
    if found.faults:
        raise RunError(f"{len(found.faults)} shards failed; the same line again tries them again")
    return Counter(found.counts)


def _end(counts: Counter[str], *, fail_on_anomaly: bool) -> None:
    verdicts = ", ".join(f"{count} {verdict}" for verdict, count in sorted(counts.items()))
    print(f"{sum(counts.values())} images: {verdicts or 'none'}", file=sys.stderr)
    if fail_on_anomaly and counts.keys() != {"normal"}:
        raise typer.Exit(NOT_ALL_NORMAL)
