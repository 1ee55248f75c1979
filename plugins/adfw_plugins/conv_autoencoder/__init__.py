"""The convolutional autoencoder: what it was never shown, it reconstructs badly."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, Self

from pydantic import Field

from adfw import Component, Model, TrainingSettings, hookimpl

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path


class ConvAutoencoderConfig(Component[Model]):
    """Reconstructs images through a narrow waist of strided convolutions, learnt from normal images.

    Encoder: `depth` convolutions 1 -> 32 -> 64 -> 128, each halving the image, with batch normalisation, ReLU and
    dropout. Decoder: transposed convolutions mirroring it; the last ends in a sigmoid. Images of any size are padded
    at the right and the bottom, by repeating their edge, to a multiple of 2 ** depth, and cropped again. With `noise`
    (Vincent et al. 2008) or `masked` (Zavrtanik et al. 2021, RIAD) it learns to restore images that were damaged.
    """

    name: Literal["conv_autoencoder"] = "conv_autoencoder"
    image_channels: Literal[1, 3] = Field(1, description="1 for grey images, 3 for colour; as the preprocessing says")
    channels: int = Field(32, ge=1, le=1024, description="channels after the first convolution; each next one doubles")
    depth: int = Field(3, ge=1, le=6, description="convolutions of the encoder, each halving height and width")
    kernel: int = Field(3, ge=2, le=11, description="side of every kernel in pixels")
    downsample: Literal["stride", "max_pool"] = Field(
        "stride", description="how the encoder halves: by the convolution's stride, or by max-pooling after it"
    )
    dropout: float = Field(0.1, ge=0, lt=1, description="share of channels dropped after each layer of the encoder")
    latent: int = Field(0, ge=0, le=4096, description="channels of a narrower waist, by 1 x 1 convolutions; 0: none")
    noise: float = Field(0, ge=0, le=1, description="deviation of the noise added to the images that are learnt from")
    masked: float = Field(
        0, ge=0, lt=1, description="share of squares of 16 x 16 pixels blanked in the images that are learnt from"
    )
    loss: Literal["mse", "ssim", "mse+ssim"] = Field("mse", description="what is minimised: mean squared error, ...")
    training: TrainingSettings = TrainingSettings()

    @classmethod
    def conformance_examples(cls, folder: Path) -> Sequence[Self]:  # noqa: ARG003
        """Return a small network, trained for two epochs."""
        return (cls(channels=4, training=TrainingSettings(epochs=2, batch_size=4)),)

    def build(self) -> Model:
        """Make the untrained network."""
        from adfw_plugins.conv_autoencoder.autoencoder import ConvAutoencoder

        return ConvAutoencoder(self)


@hookimpl
def adfw_models() -> Iterable[type[Component[Model]]]:
    """Return the configurations of models."""
    return [ConvAutoencoderConfig]
