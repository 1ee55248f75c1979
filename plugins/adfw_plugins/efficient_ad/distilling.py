"""The teacher: read from a file, or distilled from a backbone."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from adfw import FitContext, LazySamples, Sample, batches, train
from adfw_plugins.backbone.extractor import FeatureExtractor
from adfw_plugins.backbone.preparing import prepare
from adfw_plugins.backbone.spread import Spread
from adfw_plugins.backbone.stacking import averaged
from adfw_plugins.backbone.weights import fitting, read_tensors
from adfw_plugins.efficient_ad.augmentation import varied
from adfw_plugins.efficient_ad.textures import textures_beside
from adfw_plugins.efficient_ad.windows import Window

if TYPE_CHECKING:
    from collections.abc import Sequence

    from adfw_plugins.efficient_ad import EfficientAdConfig

TOGETHER = 4


class Distilling:
    """Teaches a small network the standardised features of a backbone (section 3.1 and appendix)."""

    def __init__(self, config: EfficientAdConfig, teacher: nn.Module, device: str) -> None:
        self.config, self.teacher = config, teacher
        self.extractor = FeatureExtractor(config).to(device)
        self.projection = torch.ones(1, 1)
        self.mean, self.deviation = torch.zeros(()), torch.ones(())

    def run(self, samples: Sequence[Sample], context: FitContext) -> None:
        """Fit the teacher; raises TrainingError as `prepare` and `train` do."""
        prepare(self.extractor, LazySamples(samples, self._enlarged_sample), context)
        spread = Spread()
        with torch.inference_mode():
            channels = self._described(samples[0].image[None].to(context.device)).shape[1]
        self.projection = isometry(channels, self.config.features, context.seed).to(context.device)
        with torch.inference_mode():
            for batch in batches(samples, TOGETHER):
                spread.add(self._features(batch.images.to(context.device)))
        self.mean, self.deviation = spread.mean.clone(), spread.deviation().clone()
        train(self.teacher, self._loss, samples, self.config.distilling, context)

    def _features(self, images: Tensor) -> Tensor:
        """Return (N, features, h, w): the backbone's channels, projected at random to that many."""
        return torch.einsum("nchw, cf -> nfhw", self._described(images), self.projection)

    def _described(self, images: Tensor) -> Tensor:
        """Return (N, C, h, w): all channels of the backbone's layers, as PatchCore takes them."""
        return averaged(self.extractor(self._enlarged(images)), 3)

    def _enlarged(self, images: Tensor) -> Tensor:
        """Return images as large as the backbone sees them: with the paper's 2, its 33 x 33 pixels are 66 x 66."""
        side = images.shape[-2] * self.config.enlarged, images.shape[-1] * self.config.enlarged
        return F.interpolate(images, size=side, mode="bilinear", align_corners=False)

    def _enlarged_sample(self, sample: Sample) -> Sample:
        return replace(sample, image=self._enlarged(sample.image[None])[0], mask=None)

    def _loss(self, images: Tensor) -> Tensor:
        seen = varied(images.expand(-1, 3, -1, -1))
        window = Window.drawn(seen) if self.teacher.training else Window.whole(seen)
        loss = self._misfit(window.cut(seen))
        if self.teacher.training:
            loss = loss + self._misfit(textures_beside(images))
        return loss

    def _misfit(self, seen: Tensor) -> Tensor:
        with torch.no_grad():
            wanted = (self._features(seen) - self.mean) / self.deviation
        found = self.teacher(self.extractor.normalise(seen)).float()
        return F.mse_loss(found, at_places(wanted, seen, found))


def isometry(channels: int, features: int, seed: int) -> Tensor:
    """Return a random (channels, features) matrix of orthonormal columns, or rows where there are more features.

    Distances survive such a projection (Johnson, Lindenstrauss 1984); means of neighbouring channels, which the paper
    takes, lose the more the fewer they are.
    """
    generator = torch.Generator().manual_seed(seed)
    tall = torch.randn(max(channels, features), min(channels, features), generator=generator)
    axes: Tensor = torch.linalg.qr(tall).Q
    return axes if channels >= features else axes.T


def at_places(features: Tensor, images: Tensor, found: Tensor) -> Tensor:
    """Resize features of whole images to the places of a network without padding, which sees no border."""
    border = round((images.shape[-1] / 4 - found.shape[-1]) / 2)
    size = (found.shape[-2] + 2 * border, found.shape[-1] + 2 * border)
    whole = F.interpolate(features, size=size, mode="bilinear", align_corners=False)
    return whole[..., border : border + found.shape[-2], border : border + found.shape[-1]]


def read_teacher(path: str, teacher: nn.Module) -> None:
    """Give a teacher the weights of a file; raises TrainingError where they do not fit."""
    found = read_tensors(Path(path), "model.teacher")
    teacher.load_state_dict(fitting(found, teacher.state_dict(), f"model.teacher: {path}", "the PDN-S teacher"))
