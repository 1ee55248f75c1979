"""Datasets: MVTec AD's layout, a user's own folders, and procedural drawings of capsules."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from adfw import Component, Dataset, hookimpl

Share = Annotated[float, Field(gt=0, lt=1)]
Count = Annotated[int, Field(ge=1, le=1_000_000)]
Seed = Annotated[int, Field(ge=0)]


class MvtecConfig(Component[Dataset]):
    """One category of MVTec AD, or own images in its layout.

    `root` holds the categories, each with train/good, test/<defect>, test/good and ground_truth/<defect>. The share
    `calibration` of train/good is held out by a hash of each image's id, with `seed`. Where root/category is absent,
    `if_missing: draw` draws capsules instead, and says so in terminal and report.
    """

    name: Literal["mvtec"] = "mvtec"
    root: Path
    category: Annotated[str, Field(min_length=1)]
    calibration: Share = 0.2
    seed: Seed = 0
    if_missing: Literal["error", "draw"] = "error"

    def build(self) -> Dataset:
        """Look for the category; raises DatasetError where it is absent, empty or not where `root` points."""
        from adfw_plugins.datasets.mvtec import open_mvtec

        return open_mvtec(self)


class FolderConfig(Component[Dataset]):
    """Your own images: a folder of normal ones, any number of folders of defects, optional masks.

    Paths are relative to `root`. Without `defects`, every other folder of `root` that holds images is a type of
    defect. The mask of <defect>/x.png is <masks>/<defect>/x.png or x_mask.png. The share `calibration` of the normal
    images is held out by a hash of each image's id, and so is `test`, unless `normal_test` names a folder of its own.
    """

    name: Literal["folder"] = "folder"
    root: Path
    normal: Path = Path("good")
    defects: tuple[Path, ...] | None = None
    masks: Path | None = None
    normal_test: Path | None = None
    calibration: Share = 0.2
    test: Share = 0.2
    seed: Seed = 0

    @model_validator(mode="after")
    def _leave_images_to_train(self) -> Self:
        if self.normal_test is None and self.calibration + self.test >= 1:
            raise ValueError(f"calibration {self.calibration} and test {self.test} leave no image to train on")
        return self

    def build(self) -> Dataset:
        """List the folders; raises DatasetError for those that are missing, empty or overlap."""
        from adfw_plugins.datasets.folder import open_folder

        return open_folder(self)


class CapsulesConfig(Component[Dataset]):
    """Drawings of two-coloured capsules with an imprint, and five types of defects with exact masks.

    `train`, `calibration` and `normal` (in test) count normal images, `defects` the images of each type: crack,
    faulty_imprint, poke, scratch and squeeze. Each image depends on `seed` and its own number only.
    """

    name: Literal["capsules"] = "capsules"
    size: Annotated[int, Field(ge=16, le=4096)] = 512
    train: Count = 48
    calibration: Count = 20
    normal: Count = 20
    defects: Count = 8
    seed: Seed = 0

    def build(self) -> Dataset:
        """Make the dataset; images are drawn when indexed."""
        from adfw_plugins.datasets.capsules import Capsules

        return Capsules(self)


@hookimpl
def adfw_datasets() -> list[type[Component[Dataset]]]:
    """Register the built-in datasets."""
    return [CapsulesConfig, FolderConfig, MvtecConfig]
