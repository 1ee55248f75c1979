"""Batch norm over the images of all processes: torch's own needs CUDA for that."""

from __future__ import annotations

from contextlib import contextmanager
from functools import partial
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor, distributed
from torch.nn.modules.batchnorm import _BatchNorm

if TYPE_CHECKING:
    from collections.abc import Iterator

    from torch import nn

    from adfw.training.peers import Peers


class _Sum(torch.autograd.Function):
    """The sum over all processes; so is its gradient's."""

    @staticmethod
    def forward(context: Any, values: Tensor) -> Tensor:  # noqa: ARG004 - torch's signature
        summed = values.clone()
        distributed.all_reduce(summed)
        return summed

    @staticmethod
    def backward(context: Any, *gradients: Tensor) -> Tensor:  # noqa: ARG004
        summed = gradients[0].contiguous().clone()
        distributed.all_reduce(summed)
        return summed


@contextmanager
def over_all_processes(network: nn.Module, peers: Peers) -> Iterator[None]:
    """Let the network's batch norms see every process's images while it is trained; elsewhere they are left alone."""
    norms = [module for module in network.modules() if isinstance(module, _BatchNorm)] if peers.count > 1 else []
    for norm in norms:
        norm.forward = partial(_forward, norm)  # type: ignore[method-assign]
    try:
        yield
    finally:
        for norm in norms:
            del norm.forward


def _forward(norm: _BatchNorm, images: Tensor) -> Tensor:
    """Normalise (N, C, ...) by mean and variance over everything but C, of all processes."""
    if not norm.training:
        return type(norm).forward(norm, images)
    values = images.float()
    axes = [0, *range(2, images.dim())]
    shape = [1, -1, *[1] * (images.dim() - 2)]
    here = torch.full((1,), values.numel() / values.shape[1], device=values.device)
    summed: Tensor = _Sum.apply(torch.cat([values.sum(axes), here]))
    count = summed[-1].detach()
    mean = summed[:-1] / count
    centred = values - mean.view(shape)
    variance: Tensor = _Sum.apply(centred.square().sum(axes)) / count
    _remember(norm, mean.detach(), variance.detach() * count / (count - 1))
    normal = centred * (variance + norm.eps).rsqrt().view(shape)
    if norm.affine:
        normal = normal * norm.weight.view(shape) + norm.bias.view(shape)
    return normal.to(images.dtype)


@torch.no_grad()
def _remember(norm: _BatchNorm, mean: Tensor, variance: Tensor) -> None:
    if norm.running_mean is None or norm.running_var is None or norm.num_batches_tracked is None:
        return
    norm.num_batches_tracked += 1
    weight = 1 / float(norm.num_batches_tracked) if norm.momentum is None else norm.momentum
    norm.running_mean.lerp_(mean, weight)
    norm.running_var.lerp_(variance, weight)
