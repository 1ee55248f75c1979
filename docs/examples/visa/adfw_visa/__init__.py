"""A dataset: one object of VisA, by its own folders and its split CSV."""

from __future__ import annotations

from pathlib import Path  # noqa: TC003 - pydantic reads the field's type at run time
from typing import TYPE_CHECKING, Annotated, Literal, Self

from pydantic import Field

from adfw import Component, Dataset, hookimpl

if TYPE_CHECKING:
    from collections.abc import Sequence


class VisaConfig(Component[Dataset]):
    """One object of VisA (Zou et al., ECCV 2022), split by a CSV of its folder `split_csv`.

    A share of the training images, chosen by a hash of their ids, is held out for calibration. Types of defects are
    those of the object's `image_anno.csv` where it is there, else all are called `anomaly`.
    """

    name: Literal["visa"] = "visa"
    root: Path = Field(description="the folder that holds split_csv and the objects")
    object: str = Field(default="candle", description="candle, capsules, cashew, ..., pipe_fryum", min_length=1)
    split_csv: str = Field(default="1cls.csv", description="a file of the folder split_csv")
    calibration: Annotated[float, Field(gt=0, lt=1, description="share of the training images to hold out")] = 0.2

    @classmethod
    def conformance_examples(cls, folder: Path) -> Sequence[Self]:
        """Return one that reads a small tree, written into the folder."""
        from adfw_visa.drawing import draw_visa

        draw_visa(folder)
        return (cls(root=folder),)

    def build(self) -> Dataset:
        """Read the CSV; raises DatasetError."""
        from adfw_visa.dataset import Visa

        return Visa(self)


@hookimpl
def adfw_datasets() -> list[type[Component[Dataset]]]:
    """Return the configuration."""
    return [VisaConfig]
