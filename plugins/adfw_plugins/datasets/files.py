"""Samples that lie in files: found at once, decoded when indexed."""

from __future__ import annotations

from hashlib import sha256
from typing import TYPE_CHECKING, NamedTuple

from adfw import DatasetError, LazySamples, list_images, read_sample

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from adfw import Sample

DEFECT_FREE = ""


class FoundImage(NamedTuple):
    """An image file, what is known of it, and its mask file, if there is one."""

    id: str
    path: Path
    defect: str = DEFECT_FREE
    mask: Path | None = None


def samples_of(found: Sequence[FoundImage]) -> LazySamples[FoundImage]:
    """Return found images as samples, decoded when indexed."""
    return LazySamples(found, _read)


def _read(found: FoundImage) -> Sample:
    return read_sample(found.path, id=found.id, defect=found.defect, mask=found.mask)


def hold_out(found: Sequence[FoundImage], share: float, seed: int) -> tuple[list[FoundImage], list[FoundImage]]:
    """Part images into (rest, held out), about `share` of them held out, at least one in each part.

    Which ones is decided by a hash of seed and id, so that it is the same on every machine, and a further image moves
    at most one other. Byte-identical files stay together. Raises DatasetError where all images are one picture.
    """
    groups = sorted(_identical(found), key=lambda group: sha256(f"{seed}/{group[0].id}".encode()).digest())
    if len(groups) < 2:
        place = found[0].path.parent if found else "the folder"
        raise DatasetError(
            f"{place}: {len(found)} normal image(s), {len(groups)} of them different, cannot be parted into training "
            "and held-out images; add normal images, at least 2 (better 50)"
        )
    held = min(max(1, round(share * len(groups))), len(groups) - 1)
    chosen = {image.id for group in groups[:held] for image in group}
    return [f for f in found if f.id not in chosen], [f for f in found if f.id in chosen]


def _identical(found: Sequence[FoundImage]) -> list[list[FoundImage]]:
    """Group byte-identical files; only files of equal size are read."""
    by_size: dict[int, list[FoundImage]] = {}
    for image in sorted(found):
        by_size.setdefault(image.path.stat().st_size, []).append(image)
    groups: dict[object, list[FoundImage]] = {}
    for size, same in by_size.items():
        for image in same:
            content = sha256(image.path.read_bytes()).digest() if len(same) > 1 else b""
            groups.setdefault((size, content), []).append(image)
    return list(groups.values())


def match_masks(images: Sequence[Path], masks: Sequence[Path]) -> tuple[dict[Path, Path], list[Path]]:
    """Pair images with masks of the same name, with or without `_mask`; return the pairs and the masks left over."""
    by_stem = {mask.stem.removesuffix("_mask"): mask for mask in masks}
    pairs = {image: by_stem[image.stem] for image in images if image.stem in by_stem}
    used = set(pairs.values())
    return pairs, [mask for mask in masks if mask not in used]


def unknown_files(folder: Path) -> list[Path]:
    """Return the visible files of a folder that are no images of an allowed format."""
    images = set(list_images(folder))
    files = (path for path in folder.iterdir() if path.is_file() and not path.name.startswith("."))
    return sorted(path for path in files if path not in images and path.name not in {"Thumbs.db", "desktop.ini"})


def sub_folders(folder: Path) -> list[Path]:
    """Return the visible folders of a folder, by name."""
    return sorted(path for path in folder.iterdir() if path.is_dir() and not path.name.startswith("."))
