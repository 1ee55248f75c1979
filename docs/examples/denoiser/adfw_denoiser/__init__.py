"""A model: a network that takes coarse noise out of images, trained by a loop of its own."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal, Self

from pydantic import Field

from adfw import Component, Model, hookimpl

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path


class DenoiserConfig(Component[Model]):
    """Expects the image without coarse noise; a defect goes as the noise does.

    Kascenas, Pugeault and O'Neil, MIDL 2022, made smaller: two scales instead of four, and running means of the
    weights. Images of 8 x 8 pixels or more.
    """

    name: Literal["denoiser"] = "denoiser"
    image_channels: Literal[1, 3] = Field(default=1, description="1 for grey images, 3 for colour")
    steps: int = Field(default=400, ge=1, description="batches to train on")
    batch_size: int = Field(default=16, ge=1, description="images of a batch")
    lr: float = Field(default=1e-3, gt=0, description="the highest learning rate, in the middle of the cycle")
    width: int = Field(default=32, ge=4, multiple_of=4, description="channels of the first layer")
    noise: float = Field(default=0.2, gt=0, description="standard deviation of the noise, in units of the image")
    grain: int = Field(default=16, ge=1, description="pixels a side of one grain of the noise")
    decay: Annotated[float, Field(ge=0, lt=1, description="how slowly the running means follow the weights")] = 0.99

    @classmethod
    def conformance_examples(cls, folder: Path) -> Sequence[Self]:  # noqa: ARG003
        """Return one that is trained in a moment."""
        return (cls(steps=3, batch_size=2, width=4),)

    def build(self) -> Model:
        """Make the network; torch is imported here, so that `adfw plugins` stays quick."""
        from adfw_denoiser.model import Denoiser

        return Denoiser(self)


@hookimpl
def adfw_models() -> list[type[Component[Model]]]:
    """Return the configuration."""
    return [DenoiserConfig]
