"""EfficientAD: a small student cannot follow its teacher, nor an autoencoder, where the image is anomalous."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, Self

from pydantic import Field

from adfw import Component, Model, TrainingSettings, hookimpl
from adfw_plugins.backbone import PretrainedFeatures

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path


class EfficientAdConfig(PretrainedFeatures, Component[Model]):
    """Trains a small student to predict a small teacher and an autoencoder, on normal images only (EfficientAD-S).

    Batzner, Heckler, König: EfficientAD, Accurate Visual Anomaly Detection at Millisecond-Level Latencies, WACV 2024.
    The teacher's weights come from a file, or it is distilled from `backbone` on augmented training images and drawn
    textures: the paper distils on ImageNet, and shows it to the student, too, which is penalised for answering; here
    textures stand for it. As in the paper, the backbone sees images twice as large as the teacher does; its channels
    are projected at random to `features`, where the paper takes means of them. Images larger than the paper's
    256 x 256 are learnt from in windows of that size. Both maps are scaled by their quantiles on held-out normal
    images. Score with `mse`, pooled by `max`.
    """

    name: Literal["efficient_ad"] = "efficient_ad"
    teacher: str = Field(
        "distil", min_length=1, description="distil (from the backbone), or a .safetensors file of a PDN-S teacher"
    )
    channels: int = Field(
        128, ge=8, le=1024, description="channels of the first convolution; the paper's PDN-S has 128"
    )
    features: int = Field(384, ge=8, le=2048, description="channels that the teacher describes a place with")
    enlarged: int = Field(
        2, ge=1, le=4, description="how many times larger than the teacher the backbone sees images; the paper has 2"
    )
    hard: float = Field(0.001, gt=0, le=1, description="share of the features, the worst predicted, the student learns")
    penalty: float = Field(
        1, ge=0, description="weight of the student's penalty for answering to drawn textures; 0: none"
    )
    coding: float = Field(
        1, gt=0, le=1, description="share of the steps in which the autoencoder learns, too; the paper has 1"
    )
    distilling: TrainingSettings = TrainingSettings(epochs=30, batch_size=4, weight_decay=1e-5)
    training: TrainingSettings = TrainingSettings(epochs=60, batch_size=4, lr=1e-4, weight_decay=1e-5)

    @classmethod
    def conformance_examples(cls, folder: Path) -> Sequence[Self]:
        """Return a configuration of narrow networks, trained for two epochs."""
        settings = TrainingSettings(epochs=2, batch_size=4)
        quick = {"channels": 8, "features": 8, "distilling": settings, "training": settings}
        return [example.model_copy(update=quick) for example in super().conformance_examples(folder)]

    def build(self) -> Model:
        """Make teacher, student and autoencoder, all untrained."""
        from adfw_plugins.efficient_ad.model import EfficientAd

        return EfficientAd(self)


@hookimpl
def adfw_models() -> Iterable[type[Component[Model]]]:
    """Return the configurations of models."""
    return [EfficientAdConfig]
