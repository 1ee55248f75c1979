"""The variational autoencoder as a model: its bound, the warm-up of the divergence, its two kinds of evidence."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from adfw import Evidence, FitContext, Model, Sample, TrainingError, train
from adfw_plugins.vae.network import decoder, encoder

if TYPE_CHECKING:
    from collections.abc import Sequence

    from adfw_plugins.vae import VaeConfig

LEAST_LOG_VARIANCE, MOST_LOG_VARIANCE = -9.0, 2.0
"""A deviation of 0.011, near the grid of 8-bit images, below which a likelihood only praises noise; and of e."""


class Vae(Model, nn.Module):
    """Learns the distribution of normal images; `seen` counts the training images, for the warm-up."""

    seen: Tensor
    horizon: Tensor

    def __init__(self, config: VaeConfig) -> None:
        super().__init__()
        self.config = config
        self.encoder, self.decoder = encoder(config), decoder(config)
        self.register_buffer("seen", torch.zeros((), dtype=torch.int64))
        self.register_buffer("horizon", torch.zeros((), dtype=torch.int64))
        self.to(memory_format=torch.channels_last)

    def fit(self, train_samples: Sequence[Sample], context: FitContext) -> None:
        """Raise the bound on the likelihood of normal samples; see Model.fit."""
        if train_samples and train_samples[0].image.shape[0] != self.config.image_channels:
            raise TrainingError(
                f"model.image_channels is {self.config.image_channels}, but {train_samples[0].id} has "
                f"{train_samples[0].image.shape[0]}; make it agree with preprocessing.color: 1 for grey, 3 for rgb"
            )
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(context.seed)
            fresh = Vae(self.config)
        self.load_state_dict(fresh.state_dict())
        self.horizon.fill_(self.config.warm_up * len(train_samples))
        train(self, self._loss, train_samples, self.config.training, context)

    @torch.inference_mode()
    def examine(self, images: Tensor) -> tuple[Evidence, ...]:
        """Return one Evidence, or one for each draw; raises ValueError for another number of channels."""
        if images.ndim != 4 or images.shape[1] != self.config.image_channels or len(images) == 0:
            raise ValueError(
                f"vae takes (N, {self.config.image_channels}, H, W) images, not {tuple(images.shape)}; "
                "make model.image_channels and preprocessing.color agree"
            )
        images = images.to(self.seen.device)
        mean, log_variance = self._encode(images)
        if self.config.evidence == "reconstruction":
            return (Evidence(images, self._decode(mean, images)[0]),)
        # The same draws for every image and every time: an image's evidence depends on nothing else.
        generator = torch.Generator().manual_seed(0)
        noise = torch.randn((self.config.draws, *mean.shape[1:]), generator=generator).to(mean)
        draws = [mean + one * (0.5 * log_variance).exp() for one in noise]
        return tuple(_likelihood(images, *self._decode(draw, images)) for draw in draws)

    def _encode(self, images: Tensor) -> tuple[Tensor, Tensor]:
        step = 2**self.config.depth
        padding = (0, -images.shape[-1] % step, 0, -images.shape[-2] % step)
        padded = F.pad(images, padding, mode="replicate").contiguous(memory_format=torch.channels_last)
        mean, log_variance = self.encoder(padded).float().chunk(2, dim=1)
        return mean, log_variance.clamp(-20, 20)

    def _decode(self, draw: Tensor, images: Tensor) -> tuple[Tensor, Tensor]:
        """Return mean, in [0, 1], and log-variance of each pixel of images of this size."""
        found = self.decoder(draw)[..., : images.shape[-2], : images.shape[-1]].float()
        logit, log_variance = found.chunk(2, dim=1)
        return torch.sigmoid(logit), log_variance.clamp(LEAST_LOG_VARIANCE, MOST_LOG_VARIANCE)

    def _loss(self, images: Tensor) -> Tensor:
        """Return minus the bound on the log-likelihood, for each value of an image."""
        mean, log_variance = self._encode(images)
        draw = mean + torch.randn_like(mean) * (0.5 * log_variance).exp() if self.training else mean
        pixel, pixel_log_variance = self._decode(draw, images)
        misfit = ((images - pixel).square() * (-pixel_log_variance).exp() + pixel_log_variance).mean() / 2
        divergence = (mean.square() + log_variance.exp() - 1 - log_variance).sum() / 2 / images.numel()
        return misfit + self._weight(len(images)) * divergence

    def _weight(self, images: int) -> float:
        """Return the weight of the divergence; in eval mode the final one, so that epochs can be compared."""
        if not self.training:
            return self.config.beta
        self.seen += images
        return self.config.beta * min(1.0, float(self.seen) / max(1.0, float(self.horizon)))


def _likelihood(images: Tensor, mean: Tensor, log_variance: Tensor) -> Evidence:
    """Return evidence whose squared difference is (x - m)^2 / 2 s^2 + log(s) - log(least s), twice as many channels."""
    scale = (-0.5 * log_variance).exp() / 2**0.5
    spread = ((log_variance - LEAST_LOG_VARIANCE) / 2).clamp_min(0).sqrt()
    observed = torch.cat([images * scale, spread], dim=1)
    return Evidence(observed, torch.cat([mean * scale, torch.zeros_like(spread)], dim=1))
