"""Datasets: MVTec AD's layout, a user's own folders, and procedural drawings of capsules."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal, Self

from pydantic import Field, model_validator

from adfw import Component, Dataset, hookimpl

if TYPE_CHECKING:
    from collections.abc import Sequence

Share = Annotated[float, Field(gt=0, lt=1)]
Count = Annotated[int, Field(ge=1, le=1_000_000)]
Held = Annotated[Share, Field(description="share of the normal images held out of training to calibrate thresholds")]
Licence = Annotated[str, Field(description='of the images, for the model card; "" for what a licence file says')]
Seed = Annotated[int, Field(ge=0, description="another seed chooses, or draws, other images")]
_FEW = {"size": 32, "train": 6, "calibration": 3, "normal": 3, "defects": 2}


class MvtecConfig(Component[Dataset]):
    """One category of MVTec AD, or own images in its layout.

    `root` holds the categories, each with train/good, test/<defect>, test/good and ground_truth/<defect>. The share
    `calibration` of train/good is held out by a hash of each image's id, with `seed`. Where root/category is absent,
    `if_missing: draw` draws capsules instead, and says so in terminal and report.
    """

    name: Literal["mvtec"] = "mvtec"
    root: Annotated[Path, Field(description="folder of the categories, relative to the current directory")]
    category: Annotated[str, Field(min_length=1, description="folder below root, e.g. capsule")]
    calibration: Held = 0.2
    seed: Seed = 0
    if_missing: Annotated[
        Literal["error", "draw"], Field(description="draw: draw capsules where root/category is absent, and say so")
    ] = "error"
    licence: Licence = ""

    @classmethod
    def conformance_examples(cls, folder: Path) -> Sequence[Self]:
        """Return a few drawn capsules in this layout."""
        from adfw import write_mvtec_layout

        write_mvtec_layout(CapsulesConfig(**_FEW).build(), folder / "mvtec", "capsule")
        return (cls(root=folder / "mvtec", category="capsule"),)

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
    root: Annotated[Path, Field(description="folder of the folders, relative to the current directory")]
    normal: Annotated[Path, Field(description="folder of normal images")] = Path("good")
    defects: Annotated[
        tuple[Path, ...] | None, Field(description="folders of defects; null for every other one with images")
    ] = None
    masks: Annotated[Path | None, Field(description="folder of one folder of masks for each of defects")] = None
    normal_test: Annotated[Path | None, Field(description="folder of normal images to test with")] = None
    calibration: Held = 0.2
    test: Annotated[Share, Field(description="share of the normal images held out to test, without normal_test")] = 0.2
    seed: Seed = 0
    licence: Licence = ""

    @model_validator(mode="after")
    def _leave_images_to_train(self) -> Self:
        if self.normal_test is None and self.calibration + self.test >= 1:
            raise ValueError(f"calibration {self.calibration} and test {self.test} leave no image to train on")
        return self

    @classmethod
    def conformance_examples(cls, folder: Path) -> Sequence[Self]:
        """Return a few drawn capsules in folders of their own, with and without a folder of normal test images."""
        from adfw import write_mvtec_layout

        write_mvtec_layout(CapsulesConfig(**_FEW).build(), folder / "folder", "capsule")
        root = folder / "folder" / "capsule"
        defects = (Path("test/crack"), Path("test/poke"))
        plain = cls(root=root, normal=Path("train/good"), defects=defects)
        return (plain, plain.model_copy(update={"normal_test": Path("test/good")}))

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
    size: Annotated[int, Field(ge=16, le=4096, description="pixels a side")] = 512
    train: Annotated[Count, Field(description="normal images to train on")] = 48
    calibration: Annotated[Count, Field(description="normal images to calibrate thresholds on")] = 20
    normal: Annotated[Count, Field(description="normal images to test on")] = 20
    defects: Annotated[Count, Field(description="images of each of the five types of defect")] = 8
    seed: Seed = 0

    @classmethod
    def conformance_examples(cls, folder: Path) -> Sequence[Self]:  # noqa: ARG003
        """Return a few small drawings."""
        return (cls(**_FEW),)

    def build(self) -> Dataset:
        """Make the dataset; images are drawn when indexed."""
        from adfw_plugins.datasets.capsules import Capsules

        return Capsules(self)


@hookimpl
def adfw_datasets() -> list[type[Component[Dataset]]]:
    """Register the built-in datasets."""
    return [CapsulesConfig, FolderConfig, MvtecConfig]
