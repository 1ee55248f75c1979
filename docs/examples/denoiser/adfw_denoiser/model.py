"""The model, and its training loop in the order in which things happen."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch
from torch import Tensor, nn
from torch.nn import functional as F
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn

from adfw import Evidence, FitContext, Model, Sample, TrainingError
from adfw_denoiser.network import Network, coarse_noise

if TYPE_CHECKING:
    from collections.abc import Sequence

    from adfw_denoiser import DenoiserConfig

SMALLEST = 8
EVERY = 10
"""Steps between two rows of the training curves."""


class Denoiser(Model, nn.Module):
    """Image and what is left of it once the noise it may hold is taken out."""

    def __init__(self, config: DenoiserConfig) -> None:
        super().__init__()
        self.config = config
        self.network = self.fresh(0)

    def fresh(self, seed: int) -> Network:
        """Return a network with first values from the seed; the global generator is left as it was."""
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(seed)
            return Network(self.config.image_channels, self.config.width)

    def fit(self, train: Sequence[Sample], context: FitContext) -> None:
        """Train, and keep the running means of the weights; raises TrainingError for images it cannot take."""
        self.check(train)
        if context.resume:
            context.progress.say("the denoiser keeps no checkpoints: it trains from the beginning, to the same weights")
        self.network = self.trained(self.fresh(context.seed).to(context.device), train, context)
        self.to(context.device).eval()

    def trained(self, network: Network, train: Sequence[Sample], context: FitContext) -> Network:
        """Return the network with the running means of its weights over the steps."""
        config, source = self.config, torch.Generator().manual_seed(context.seed)
        optimizer = torch.optim.AdamW(network.parameters(), lr=config.lr, weight_decay=1e-4)
        schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, config.lr, total_steps=max(config.steps, 2))
        means = AveragedModel(network, multi_avg_fn=get_ema_multi_avg_fn(config.decay))  # type: ignore[no-untyped-call]
        device_type, low = context.device.split(":")[0], context.precision == "bf16"
        for step in range(1, config.steps + 1):
            clean = batch(train, config.batch_size, source).to(context.device)
            noisy = clean + coarse_noise(clean, config.noise, config.grain, source)
            with torch.autocast(device_type, torch.bfloat16, enabled=low):
                loss = F.mse_loss(network(noisy).float(), clean)
            optimizer.zero_grad(set_to_none=True)
            torch.autograd.backward(loss)
            optimizer.step()
            schedule.step()
            means.update_parameters(network)
            tell(context, step, config.steps, loss.detach())
        network.load_state_dict(means.module.state_dict())
        return network.requires_grad_(False)

    @torch.no_grad()
    def examine(self, images: Tensor) -> tuple[Evidence, ...]:
        """Return the images and the images without noise; raises ValueError for other channels and small images."""
        if fault := self.fault(images.shape[1:]):
            raise ValueError(fault)
        if not len(images):
            return (Evidence(images, images.clone()),)
        # one by one: the result does not depend on the batch to the last bit
        expected = torch.cat([self.network(image[None]) for image in images])
        return (Evidence(images, expected.float().clamp(0, 1)),)

    def check(self, train: Sequence[Sample]) -> None:
        """Raise TrainingError where there is nothing it can learn from."""
        if not len(train):
            raise TrainingError("the denoiser takes at least 1 image; there is none")
        if fault := self.fault(train[0].image.shape):
            raise TrainingError(fault)

    def fault(self, shape: Sequence[int]) -> str:
        """Say what is wrong with images of a shape (C, H, W), "" for nothing."""
        (channels, height, width), taken = shape, self.config.image_channels
        if channels == taken and min(height, width) >= SMALLEST:
            return ""
        return (
            f"images are {width} x {height} pixels of {channels} channel(s); the denoiser takes {SMALLEST} x "
            f"{SMALLEST} or more of {taken}: see preprocessing.size, preprocessing.color and model.image_channels"
        )


def batch(train: Sequence[Sample], size: int, source: torch.Generator) -> Tensor:
    """Return (N, C, H, W) images drawn from the samples, which are decoded now and not before."""
    chosen = torch.randint(len(train), (size,), generator=source)
    return torch.stack([train[int(index)].image for index in chosen])


def tell(context: FitContext, step: int, steps: int, loss: Tensor) -> None:
    """Show how far it is, and keep a row of the curves now and then: reading the loss waits for the device."""
    if step % EVERY == 0 or step == steps:
        figures = {"step": float(step), "train_loss": float(loss)}
        context.progress.step(step, steps, figures)
        context.progress.record(figures)
