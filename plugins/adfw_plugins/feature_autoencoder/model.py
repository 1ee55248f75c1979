"""The feature autoencoder as a model: standardised features and their reconstruction."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from adfw import Evidence, FitContext, Model, Sample, batches, train
from adfw_plugins.backbone.extractor import FeatureExtractor
from adfw_plugins.backbone.preparing import prepare
from adfw_plugins.backbone.spread import Spread
from adfw_plugins.backbone.stacking import averaged

if TYPE_CHECKING:
    from collections.abc import Sequence

    from adfw_plugins.feature_autoencoder import FeatureAutoencoderConfig

TOGETHER = 4  # images read ahead


class FeatureAutoencoder(Model, nn.Module):
    """Reconstructs features; the evidence is the standardised features and their reconstruction.

    `mean` and `deviation` (C, 1, 1) standardise each of the layers' C features over the training images.
    """

    mean: Tensor
    deviation: Tensor

    def __init__(self, config: FeatureAutoencoderConfig) -> None:
        super().__init__()
        self.config = config
        self.extractor = FeatureExtractor(config)
        features = sum(self.extractor.widths())
        self.register_buffer("mean", torch.zeros(features, 1, 1))
        self.register_buffer("deviation", torch.ones(features, 1, 1))
        self.autoencoder = _autoencoder(features, config.latent)
        self.to(memory_format=torch.channels_last)

    def fit(self, train_samples: Sequence[Sample], context: FitContext) -> None:
        """Standardise the features, then learn to reconstruct them; see Model.fit."""
        prepare(self.extractor, train_samples, context)
        self.to(context.device)
        self._standardise(train_samples, context.device)
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(context.seed)
            fresh = _autoencoder(len(self.mean), self.config.latent)
        self.autoencoder.load_state_dict(fresh.state_dict())
        train(self.autoencoder, self._loss, train_samples, self.config.training, context)
        self.eval()

    @torch.inference_mode()
    def examine(self, images: Tensor) -> tuple[Evidence, ...]:
        """Return one Evidence(features, reconstruction); raises ValueError for images it cannot take."""
        if len(images) == 0:
            raise ValueError("there is no image to examine")
        features = self._features(images.to(self.mean.device))
        return (Evidence(features, torch.cat([self.autoencoder(one[None]).float() for one in features])),)

    def _loss(self, images: Tensor) -> Tensor:
        with torch.no_grad():
            features = self._features(images)
        return F.mse_loss(self.autoencoder(features).float(), features)

    def _features(self, images: Tensor) -> Tensor:
        return (averaged(self.extractor(images), self.config.patch) - self.mean) / self.deviation

    @torch.inference_mode()
    def _standardise(self, samples: Sequence[Sample], device: str) -> None:
        spread = Spread()
        for batch in batches(samples, TOGETHER):
            spread.add(averaged(self.extractor(batch.images.to(device)), self.config.patch))
        self.mean, self.deviation = spread.mean.clone(), spread.deviation()


def _autoencoder(features: int, latent: int) -> nn.Sequential:
    """Return 1 x 1 convolutions from `features` down to `latent` channels and back, as DFR's."""
    hidden = (features + 2 * latent) // 2
    widths = [features, hidden, 2 * latent, latent, 2 * latent, hidden, features]
    layers: list[nn.Module] = []
    for before, after in pairwise(widths):
        layers += [nn.Conv2d(before, after, 1), nn.BatchNorm2d(after), nn.ReLU(inplace=True)]
    return nn.Sequential(*layers[:-2])
