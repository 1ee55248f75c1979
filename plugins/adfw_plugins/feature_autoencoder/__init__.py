"""Feature autoencoder: features that do not fit through a narrow waist learnt from normal ones are anomalous."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, Self

from pydantic import Field

from adfw import Component, Model, TrainingSettings, hookimpl
from adfw_plugins.backbone import PretrainedFeatures

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path


class FeatureAutoencoderConfig(PretrainedFeatures, Component[Model]):
    """Reconstructs pretrained features, place by place, through a narrow waist learnt from normal images.

    After Yang, Shi, Qi: DFR, Deep Feature Reconstruction for Unsupervised Anomaly Segmentation, arXiv 2012.07122:
    layers are averaged, stacked and standardised; an autoencoder of 1 x 1 convolutions reconstructs each place.
    """

    name: Literal["feature_autoencoder"] = "feature_autoencoder"
    patch: Literal[1, 3, 5, 7, 9] = Field(3, description="side of the neighbourhood that features are averaged over")
    latent: int = Field(64, ge=1, le=4096, description="channels of the waist")
    training: TrainingSettings = TrainingSettings(epochs=30, batch_size=4, keep="validation_loss")

    @classmethod
    def conformance_examples(cls, folder: Path) -> Sequence[Self]:
        """Return a configuration that takes small images and two epochs."""
        quick = {"latent": 4, "training": TrainingSettings(epochs=2, batch_size=4)}
        return [example.model_copy(update=quick) for example in super().conformance_examples(folder)]

    def build(self) -> Model:
        """Make the untrained autoencoder over its backbone."""
        from adfw_plugins.feature_autoencoder.model import FeatureAutoencoder

        return FeatureAutoencoder(self)


@hookimpl
def adfw_models() -> Iterable[type[Component[Model]]]:
    """Return the configurations of models."""
    return [FeatureAutoencoderConfig]
