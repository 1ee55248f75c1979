"""PaDiM as a model: one Gaussian for each place, fitted in one pass over the training images."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch
from torch import Tensor, nn

from adfw import Evidence, FitContext, Model, Sample, TrainingError, batches
from adfw_plugins.backbone.extractor import FeatureExtractor
from adfw_plugins.backbone.moments import Moments
from adfw_plugins.backbone.preparing import prepare
from adfw_plugins.backbone.stacking import averaged
from adfw_plugins.backbone.work import Work

if TYPE_CHECKING:
    from collections.abc import Sequence

    from adfw_plugins.padim import PadimConfig

TOGETHER = 16  # images: one product adds their squares to the covariances
PLACES = 256  # covariances inverted at a time
MEGABYTE = 2**20
ROUNDING = 1e-12  # the variance that equal float32 images may show, as a share of the mean square


class Padim(Model, nn.Module):
    """Knows what is likely at each place; the evidence is the whitened features and zero.

    `kept` (d,) int64 are the features looked at, of all the layers' C; `mean` (h, w, d) and `whitening` (h, w, d, d),
    the inverse of the covariance's Cholesky factor, are the Gaussians.
    """

    kept: Tensor
    mean: Tensor
    whitening: Tensor

    def __init__(self, config: PadimConfig) -> None:
        super().__init__()
        self.config = config
        self.extractor = FeatureExtractor(config)
        self.register_buffer("kept", torch.empty(0, dtype=torch.int64))
        self.register_buffer("mean", torch.empty(0))
        self.register_buffer("whitening", torch.empty(0))

    @torch.inference_mode()
    def fit(self, train: Sequence[Sample], context: FitContext) -> None:
        """Fit the Gaussians; see Model.fit."""
        layers = prepare(self.extractor, train, context, least=2)
        self.to(context.device).eval()
        features = sum(layer[0] for layer in layers)
        height, width = (-(-side // self.config.stride) for side in layers[0][1:])
        kept = min(self.config.dimensions, features)
        self._require_memory(height, width, kept)
        generator = torch.Generator().manual_seed(context.seed)
        self.kept = torch.randperm(features, generator=generator)[:kept].sort().values.to(context.device)
        moments, work = Moments(), Work(context.progress, len(train))
        for batch in batches(train, TOGETHER):
            looks = [self._features(image[None]) for image in batch.images.to(context.device)]
            moments.add(torch.cat(looks).flatten(1, 2).transpose(0, 1))
            work.add(len(batch))
        self.mean = moments.mean.view(height, width, kept)
        self.whitening = _whitened(moments, self.config.shrinkage).view(height, width, kept, kept)

    @torch.inference_mode()
    def examine(self, images: Tensor) -> tuple[Evidence, ...]:
        """Return one Evidence(whitened features, zero); raises ValueError for images of another size."""
        if len(images) == 0:
            raise ValueError("there is no image to examine")
        found = torch.cat([self._whiten(self._features(image[None])) for image in images.to(self.mean.device)])
        observed = found.permute(0, 3, 1, 2)
        return (Evidence(observed, torch.zeros_like(observed)),)

    def _features(self, images: Tensor) -> Tensor:
        """Return the (N, h, w, d) features looked at."""
        step = self.config.stride
        places = averaged(self.extractor(images), self.config.patch)[..., ::step, ::step]
        return places.permute(0, 2, 3, 1).index_select(3, self.kept)

    def _whiten(self, features: Tensor) -> Tensor:
        if features.shape[1:] != self.mean.shape:
            there, here = (tuple(shape[-3:-1]) for shape in (self.mean.shape, features.shape))
            raise ValueError(f"padim knows {there} places and cannot take an image of {here}; resize it as in training")
        # Row times matrix: three times as quick on a CPU as matrix times column.
        return ((features - self.mean).unsqueeze(-2) @ self.whitening.mT).squeeze(-2)

    def _require_memory(self, height: int, width: int, kept: int) -> None:
        needed = height * width * kept**2 * 4 / MEGABYTE
        if needed > self.config.memory_mb:
            raise TrainingError(
                f"padim needs {needed:.0f} MB for {height} x {width} covariances of {kept} features, more than "
                f"model.memory_mb {self.config.memory_mb}; use fewer model.dimensions, deeper model.layers or smaller "
                "images (preprocessing.size), or raise it"
            )


def _whitened(moments: Moments, shrinkage: float) -> Tensor:
    """Return (P, d, d) inverse Cholesky factors of the covariances, in the memory of the moments' scatter.

    The shrinkage keeps a covariance of fewer images than features positive definite. Raises TrainingError where all
    images are alike.
    """
    covariances = moments.scatter.div_(max(1, moments.count - 1))
    variance = float(covariances.diagonal(dim1=1, dim2=2).mean())
    if not variance > ROUNDING * float(moments.mean.square().mean()):
        raise TrainingError("the features of all training images are equal; padim needs images that differ")
    identity = torch.eye(covariances.shape[1], device=covariances.device)
    added = shrinkage * variance
    for block in torch.split(covariances, PLACES):
        factors = torch.linalg.cholesky(block + added * identity)
        block.copy_(torch.linalg.solve_triangular(factors, identity.expand_as(factors), upper=False))
    return covariances
