"""The autoencoder as a model: encoder, decoder, how it is fitted and what it reports."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from adfw import Evidence, FitContext, Model, Sample, TrainingError, train
from adfw_plugins.conv_autoencoder.damage import damaged
from adfw_plugins.conv_autoencoder.losses import LOSSES

if TYPE_CHECKING:
    from collections.abc import Sequence

    from adfw_plugins.conv_autoencoder import ConvAutoencoderConfig


class ConvAutoencoder(Model, nn.Module):
    """Reconstructs (N, C, H, W) images; the evidence is the image and its reconstruction."""

    def __init__(self, config: ConvAutoencoderConfig) -> None:
        super().__init__()
        self.config = config
        widths = [config.image_channels, *(config.channels * 2**level for level in range(config.depth))]
        pairs = list(pairwise(widths))
        self.encoder = nn.Sequential(*(_encode(before, after, config) for before, after in pairs))
        self.decoder = nn.Sequential(*(_decode(after, before, config) for before, after in reversed(pairs[1:])))
        self.waist = _waist(widths[-1], config.latent)
        self.last = _widen(widths[1], widths[0], config.kernel)
        self.to(memory_format=torch.channels_last)

    def forward(self, images: Tensor) -> Tensor:
        """Return the (N, C, H, W) float32 reconstruction, in [0, 1]."""
        height, width = images.shape[-2:]
        step = 2**self.config.depth
        right, bottom = -width % step, -height % step
        if right or bottom:
            images = F.pad(images, (0, right, 0, bottom), mode="replicate")
        logits = self.last(self.decoder(self.waist(self.encoder(images))))
        return torch.sigmoid(logits[..., :height, :width].float())

    def fit(self, train_samples: Sequence[Sample], context: FitContext) -> None:
        """Learn to reconstruct normal samples; see Model.fit."""
        self._require_fitting(train_samples)
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(context.seed)
            self.apply(_reset)
        train(self, self._loss, train_samples, self.config.training, context)

    @torch.inference_mode()
    def examine(self, images: Tensor) -> tuple[Evidence, ...]:
        """Return one Evidence(images, reconstruction); raises ValueError for another number of channels."""
        if images.ndim != 4 or images.shape[1] != self.config.image_channels:
            raise ValueError(
                f"conv_autoencoder takes (N, {self.config.image_channels}, H, W) images, not {tuple(images.shape)}; "
                "make model.image_channels and preprocessing.color agree"
            )
        self.eval()
        images = images.to(next(self.parameters()).device)
        return (Evidence(images, self(images.contiguous(memory_format=torch.channels_last))),)

    def _loss(self, images: Tensor) -> Tensor:
        seen = damaged(images, self.config.noise, self.config.masked) if self.training else images
        return LOSSES[self.config.loss](self(seen), images)

    def _require_fitting(self, samples: Sequence[Sample]) -> None:
        if not samples:
            return  # train() says what is missing
        channels, height, width = samples[0].image.shape
        if channels != self.config.image_channels:
            raise TrainingError(
                f"model.image_channels is {self.config.image_channels}, but {samples[0].id} has {channels}; "
                "make it agree with preprocessing.color: 1 for grey, 3 for rgb"
            )
        if max(height, width) <= 2**self.config.depth:
            raise TrainingError(
                f"images of {height} x {width} shrink to one pixel under model.depth {self.config.depth}; "
                "use larger images (preprocessing.size) or a smaller depth"
            )


def _encode(before: int, after: int, config: ConvAutoencoderConfig) -> nn.Sequential:
    strided, padding = config.downsample == "stride", (config.kernel - 1) // 2
    layers: list[nn.Module] = [
        nn.Conv2d(before, after, config.kernel, stride=2 if strided else 1, padding=padding, bias=False),
        nn.BatchNorm2d(after),
        nn.ReLU(inplace=True),
    ]
    if not strided:
        # An even kernel without a stride leaves a side one pixel short; pooling in ceil mode halves it all the same.
        layers.append(nn.MaxPool2d(2, ceil_mode=True))
    return nn.Sequential(*layers, nn.Dropout2d(config.dropout))


def _decode(before: int, after: int, config: ConvAutoencoderConfig) -> nn.Sequential:
    return nn.Sequential(_widen(before, after, config.kernel, bias=False), nn.BatchNorm2d(after), nn.ReLU(inplace=True))


def _waist(width: int, latent: int) -> nn.Sequential:
    layers: list[nn.Module] = []
    if latent:
        layers = [
            nn.Conv2d(width, latent, 1),
            nn.Conv2d(latent, width, 1),
            nn.BatchNorm2d(width),
            nn.ReLU(inplace=True),
        ]
    return nn.Sequential(*layers)


def _widen(before: int, after: int, kernel: int, *, bias: bool = True) -> nn.ConvTranspose2d:
    padding, more = (kernel - 1) // 2, kernel % 2
    return nn.ConvTranspose2d(before, after, kernel, stride=2, padding=padding, output_padding=more, bias=bias)


def _reset(module: nn.Module) -> None:
    if isinstance(module, (nn.Conv2d, nn.ConvTranspose2d, nn.BatchNorm2d)):
        module.reset_parameters()
