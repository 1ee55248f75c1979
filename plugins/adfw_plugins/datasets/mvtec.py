"""MVTec AD's layout: train/good, test/<defect>, test/good, ground_truth/<defect>/NNN_mask.png."""

from __future__ import annotations

import difflib
from typing import TYPE_CHECKING, NoReturn

from adfw import Dataset, DatasetError, Sample, list_images
from adfw_plugins.datasets import CapsulesConfig
from adfw_plugins.datasets.files import FoundImage, hold_out, match_masks, samples_of, sub_folders, unknown_files
from adfw_plugins.datasets.licences import licence_of

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from adfw import SplitName
    from adfw_plugins.datasets import MvtecConfig

GOOD = "good"
NOTICE = "notice.txt"  # where `adfw dataset draw` writes that the images were drawn
_REMEDY = (
    "get MVTec AD from https://www.mvtec.com/company/research/datasets/mvtec-ad (licence CC BY-NC-SA 4.0: "
    "non-commercial use only), correct dataset.root, set dataset.if_missing to draw, "
    "or draw capsules with `adfw dataset draw --out DIR`"
)


def open_mvtec(config: MvtecConfig) -> Dataset:
    """Return the category's images, or drawn ones where it is absent and the recipe says so; raises DatasetError."""
    folder = config.root / config.category
    if _is_category(folder):
        return Mvtec(folder, config.calibration, config.seed, config.licence)
    _explain_misplaced(config.root, config.category)
    if config.if_missing == "error":
        raise DatasetError(f"{folder}: there is no {GOOD!r} training image in {folder / 'train' / GOOD}; {_REMEDY}")
    drawn = CapsulesConfig(seed=config.seed).build()
    drawn.notice = (
        f"There are no images in {folder}, so capsules were drawn by a program in their place "
        "(dataset.if_missing: draw). The figures are those of drawings, not of MVTec AD."
    )
    return drawn


class Mvtec(Dataset):
    """One category; its official split, with calibration images held out of train/good."""

    def __init__(self, folder: Path, calibration: float, seed: int, licence: str = "") -> None:
        self.folder = folder
        self.licence = licence_of(folder, licence)
        if (folder / NOTICE).is_file():
            self.notice = " ".join((folder / NOTICE).read_text(encoding="utf-8", errors="replace")[:500].split())
        good = [FoundImage(_id(folder, path), path) for path in list_images(folder / "train" / GOOD)]
        self._train, self._calibration = hold_out(good, calibration, seed)

    def split(self, name: SplitName) -> Sequence[Sample]:
        """Return one part; raises DatasetError where test is missing or a mask belongs to no image."""
        if name == "test":
            return samples_of(self._test())
        return samples_of(self._train if name == "train" else self._calibration)

    def findings(self) -> Sequence[str]:
        """Name masks without image, folders without images and files of unknown kinds."""
        folders = [self.folder / "train" / GOOD, *self._test_folders()]
        empty = [f"{place}: no images; remove the folder or fill it" for place in folders if not list_images(place)]
        unknown = [f"{path}: of no known image format, left out" for place in folders for path in unknown_files(place)]
        return [*self._masks_without_image(), *empty, *unknown]

    def _test(self) -> list[FoundImage]:
        strays = self._masks_without_image()
        if strays:
            more = f" (and {len(strays) - 1} more)" if len(strays) > 1 else ""
            raise DatasetError(strays[0] + more)
        found = [image for place in self._test_folders() for image in self._of_defect(place)]
        if not found:
            raise DatasetError(f"{self.folder / 'test'}: no test images; expected test/{GOOD} and test/<defect>")
        return found

    def _of_defect(self, place: Path) -> list[FoundImage]:
        images = list_images(place)
        masks, _ = match_masks(images, self._masks(place.name))
        defect = "" if place.name == GOOD else place.name
        return [FoundImage(_id(self.folder, path), path, defect, masks.get(path)) for path in images]

    def _test_folders(self) -> list[Path]:
        test = self.folder / "test"
        return sub_folders(test) if test.is_dir() else []

    def _masks(self, defect: str) -> list[Path]:
        place = self.folder / "ground_truth" / defect
        return list_images(place) if place.is_dir() and defect != GOOD else []

    def _masks_without_image(self) -> list[str]:
        truth = self.folder / "ground_truth"
        sentences = []
        for place in sub_folders(truth) if truth.is_dir() else []:
            images = self.folder / "test" / place.name
            _, strays = match_masks(list_images(images) if images.is_dir() else [], self._masks(place.name))
            sentences += [
                f"{mask}: a mask for no image; expected {images / mask.stem.removesuffix('_mask')}.*; "
                "remove the mask or restore its image"
                for mask in strays
            ]
        return sentences


def _id(folder: Path, path: Path) -> str:
    return path.relative_to(folder).as_posix()


def _is_category(folder: Path) -> bool:
    good = folder / "train" / GOOD
    return good.is_dir() and bool(list_images(good))


def _explain_misplaced(root: Path, category: str) -> None:
    """Raise DatasetError where images are near: one level up or down, or under a similar name."""
    if not root.is_dir():
        return
    if _is_category(root):
        _misplaced(
            root, f"is itself a category; set dataset.root to {root.parent} and category to {root.resolve().name}"
        )
    categories = [place.name for place in sub_folders(root) if _is_category(place)]
    near = difflib.get_close_matches(category, categories, n=1)
    if near:
        _misplaced(root, f"holds no category {category!r}; allowed: {', '.join(categories)}; did you mean {near[0]!r}?")
    deeper = [place for place in sub_folders(root) if _is_category(place / category)]
    if deeper:
        _misplaced(root, f"is one level above the categories; set dataset.root to {deeper[0]}")


def _misplaced(root: Path, fault: str) -> NoReturn:
    raise DatasetError(f"{root}: {fault}")
