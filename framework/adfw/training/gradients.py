"""Computes the weight gradients of convolutions in the memory layout in which this CPU is quick at them."""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext
from typing import TYPE_CHECKING, Any

import torch
from torch.utils._python_dispatch import TorchDispatchMode

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from torch import Tensor

BACKWARD = torch.ops.aten.convolution_backward.default
INPUT, WEIGHT, BIAS = range(3)


def quick_weight_gradients(device: str, *, compiling: bool) -> AbstractContextManager[object]:
    """Return the context for the steps of a training on `device`, a torch device string.

    oneDNN's float32 kernels for CPUs without AVX-512 take three to four times as long for a weight gradient in
    channels-last as in contiguous layout, while everything else is quicker in channels-last. Elsewhere, and under
    torch.compile, which chooses layouts itself, the context does nothing. Sums are taken in another order: gradients
    differ in the last bits.
    """
    slow = torch.device(device).type == "cpu" and torch.backends.cpu.get_cpu_capability() == "AVX2"
    return ContiguousWeightGradients() if slow and not compiling else nullcontext()


class ContiguousWeightGradients(TorchDispatchMode):  # type: ignore[no-untyped-call]
    """Splits the backward pass of float32 convolutions: weights in contiguous layout, the rest as it comes."""

    def __init__(self) -> None:
        super().__init__()  # type: ignore[no-untyped-call]

    def __torch_dispatch__(
        self, func: Any, types: Sequence[type], args: Sequence[Any] = (), kwargs: Mapping[str, Any] | None = None
    ) -> Any:
        """Run `func`, in two parts where it is the backward pass of a channels-last convolution."""
        if func is not BACKWARD or not _splits(args):
            return func(*args, **(kwargs or {}))
        gradient, images, weight, *settings, wanted = args
        rest = [wanted[INPUT], False, wanted[BIAS]]
        outputs = list(func(gradient, images, weight, *settings, rest)) if any(rest) else [None, None, None]
        contiguous = (_channels_first(gradient), _channels_first(images), weight.contiguous())
        outputs[WEIGHT] = func(*contiguous, *settings, [False, True, False])[WEIGHT]
        return tuple(outputs)


def _splits(args: Sequence[Any]) -> bool:
    gradient: Tensor = args[0]
    images: Tensor = args[1]
    last = images.ndim == 4 and images.is_contiguous(memory_format=torch.channels_last)
    return bool(args[-1][WEIGHT]) and gradient.dtype == torch.float32 and last and not images.is_contiguous()


def _channels_first(batch: Tensor) -> Tensor:
    """Return (N, C, H, W) values in contiguous layout, copied image by image: torch does that in cache-sized blocks."""
    if batch.is_contiguous():
        return batch
    count, channels, height, width = batch.shape
    pixels = batch.permute(0, 2, 3, 1).reshape(count, height * width, channels)
    planes = batch.new_empty(count, channels, height * width)
    for number in range(count):
        planes[number].copy_(pixels[number].t())
    return planes.view(count, channels, height, width)
