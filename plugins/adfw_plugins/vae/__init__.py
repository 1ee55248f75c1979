"""Variational autoencoder: what is improbable given what normal images look like is anomalous."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, Self

from pydantic import Field

from adfw import Component, Model, TrainingSettings, hookimpl

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path


class VaeConfig(Component[Model]):
    """Reconstructs images through a random waist that is pulled towards a normal distribution.

    Kingma, Welling: Auto-Encoding Variational Bayes, ICLR 2014; the weight of the divergence rises during a warm-up
    (Sønderby et al. 2016). `evidence: reconstruction` is the image and its reconstruction. `evidence: probability`
    (An, Cho 2015) is scaled such that the scorer `mse` becomes minus the log-likelihood of each pixel, but for a
    constant, averaged over `draws` of the waist. Images are padded to a multiple of 2 ** depth and cropped again.
    """

    name: Literal["vae"] = "vae"
    image_channels: Literal[1, 3] = Field(3, description="1 for grey images, 3 for colour; as the preprocessing says")
    channels: int = Field(32, ge=1, le=1024, description="channels after the first convolution; doubling up to 256")
    depth: int = Field(5, ge=1, le=8, description="convolutions of the encoder, each halving height and width")
    latent: int = Field(32, ge=1, le=4096, description="channels of the waist")
    beta: float = Field(1.0, ge=0, description="weight of the divergence after the warm-up")
    warm_up: int = Field(10, ge=0, description="epochs in which the weight of the divergence rises from 0 to beta")
    evidence: Literal["reconstruction", "probability"] = "reconstruction"
    draws: int = Field(4, ge=1, le=100, description="for probability: how often the waist is drawn")
    training: TrainingSettings = TrainingSettings(keep="validation_loss")

    @classmethod
    def conformance_examples(cls, folder: Path) -> Sequence[Self]:  # noqa: ARG003
        """Return a small network, trained for two epochs."""
        return (cls(channels=4, depth=3, latent=2, warm_up=1, training=TrainingSettings(epochs=2, batch_size=4)),)

    def build(self) -> Model:
        """Make the untrained network."""
        from adfw_plugins.vae.model import Vae

        return Vae(self)


@hookimpl
def adfw_models() -> Iterable[type[Component[Model]]]:
    """Return the configurations of models."""
    return [VaeConfig]
