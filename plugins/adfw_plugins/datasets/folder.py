"""A user's own folders: normal images, folders of defects, optional masks."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from adfw import Dataset, DatasetError, list_images
from adfw_plugins.datasets.files import FoundImage, hold_out, match_masks, samples_of, sub_folders, unknown_files
from adfw_plugins.datasets.licences import licence_of

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from adfw import Sample, SplitName
    from adfw_plugins.datasets import FolderConfig


def open_folder(config: FolderConfig) -> Dataset:
    """List the folders of a recipe; raises DatasetError for those that are missing, empty or the same."""
    root = config.root
    if not root.is_dir():
        raise DatasetError(f"{root}: there is no such folder; correct dataset.root (now in {root.absolute().parent})")
    normal = _images_of(root, root / config.normal, "normal")
    defects = [root / place for place in config.defects] if config.defects is not None else _other_folders(config)
    others = defects if config.normal_test is None else [*defects, root / config.normal_test]
    places = Counter(place.resolve() for place in (root / config.normal, *others))
    twice = [str(place) for place, count in places.items() if count > 1]
    if twice:
        raise DatasetError(
            f"{', '.join(twice)}: named twice among dataset.normal, normal_test and defects; name it once"
        )
    train, calibration, test = _parted(config, [FoundImage(_id(root, path), path) for path in normal])
    return Folder(config, (train, calibration, test), defects)


class Folder(Dataset):
    """Images found in folders; `notice` says what was found where."""

    def __init__(self, config: FolderConfig, normal: tuple[list[FoundImage], ...], defects: Sequence[Path]) -> None:
        self._config = config
        self._train, self._calibration, self._test = normal
        self._defects = {place: _images_of(config.root, place, "defects") for place in defects}
        self.notice = self._explain()
        self.licence = licence_of(config.root, config.licence)

    def split(self, name: SplitName) -> Sequence[Sample]:
        """Return one part; raises DatasetError where a mask belongs to no image."""
        if name != "test":
            return samples_of(self._train if name == "train" else self._calibration)
        strays = self._masks_without_image()
        if strays:
            raise DatasetError("; ".join(strays[:3]) + (f" (and {len(strays) - 3} more)" if len(strays) > 3 else ""))
        return samples_of([*self._test, *self._defective()])

    def findings(self) -> Sequence[str]:
        """Name masks without image and files of unknown kinds."""
        folders = [self._config.root / self._config.normal, *self._defects]
        unknown = [f"{path}: of no known image format, left out" for place in folders for path in unknown_files(place)]
        return [*self._masks_without_image(), *unknown]

    def _defective(self) -> list[FoundImage]:
        found = []
        for place, images in self._defects.items():
            masks, _ = match_masks(images, self._masks(place))
            found += [FoundImage(_id(self._config.root, p), p, place.name, masks.get(p)) for p in images]
        return found

    def _masks(self, place: Path) -> list[Path]:
        if self._config.masks is None:
            return []
        folder = self._config.root / self._config.masks / place.name
        return list_images(folder) if folder.is_dir() else []

    def _masks_without_image(self) -> list[str]:
        return [
            f"{mask}: a mask for no image; expected {place / mask.stem.removesuffix('_mask')}.*; "
            "remove the mask or restore its image"
            for place, images in self._defects.items()
            for mask in match_masks(images, self._masks(place))[1]
        ]

    def _explain(self) -> str:
        """Say in one sentence what was found and how it is used."""
        held = "held out by a hash of their ids" if self._config.normal_test is None else "from their own folder"
        defective = self._defective()
        kinds = ", ".join(f"{place.name} {len(images)}" for place, images in self._defects.items()) or "none"
        masks = sum(image.mask is not None for image in defective)
        return (
            f"Images of {self._config.root}: {len(self._train)} normal ones to train, {len(self._calibration)} to "
            f"calibrate, {len(self._test)} to test ({held}); defective ones to test: {kinds}; "
            f"{masks} of them with a mask."
        )


def _parted(config: FolderConfig, normal: list[FoundImage]) -> tuple[list[FoundImage], ...]:
    """Part normal images into train, calibration and test."""
    if config.normal_test is not None:
        own = _images_of(config.root, config.root / config.normal_test, "normal_test")
        test = [FoundImage(_id(config.root, path), path) for path in own]
        return (*hold_out(normal, config.calibration, config.seed), test)
    rest, test = hold_out(normal, config.test, config.seed)
    train, calibration = hold_out(rest, config.calibration / (1 - config.test), config.seed)
    return train, calibration, test


def _images_of(root: Path, folder: Path, key: str) -> list[Path]:
    if not folder.is_dir():
        there = ", ".join(path.name for path in sub_folders(root)) or "no folders"
        raise DatasetError(f"{folder}: there is no such folder; correct dataset.{key}; {root} holds: {there}")
    images = list_images(folder)
    if not images:
        deeper = [path.name for path in sub_folders(folder) if list_images(path)]
        hint = f"images lie one level down, in {', '.join(deeper)}: name those folders" if deeper else "fill it"
        raise DatasetError(f"{folder}: holds no images (dataset.{key}); {hint}")
    return images


def _other_folders(config: FolderConfig) -> list[Path]:
    """Return the folders of root that hold images and have no other role."""
    roles = [path for path in (config.normal, config.normal_test, config.masks) if path is not None]
    taken = {(config.root / path).resolve() for path in roles}
    return [place for place in sub_folders(config.root) if place.resolve() not in taken and list_images(place)]


def _id(root: Path, path: Path) -> str:
    return path.relative_to(root).as_posix() if path.is_relative_to(root) else path.as_posix()
