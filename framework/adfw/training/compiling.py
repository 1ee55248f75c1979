"""Compiles a loss where the recipe asks for it, and says why where that does not work."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch

from adfw.training.precision import autocast

if TYPE_CHECKING:
    from collections.abc import Callable

    from torch import Tensor, nn

    from adfw.interfaces import FitContext

    Loss = Callable[[Tensor], Tensor]


def compiled(loss: Loss, network: nn.Module, images: Tensor, context: FitContext) -> Loss:
    """Return `loss` compiled for batches like `images`, or as it is, with the reason said, where that fails.

    One step is tried out and undone, since compilers fail at the first call, forward or backward.
    """
    if not context.compile:
        return loss
    quick = torch.compile(loss, dynamic=False)
    before = {key: value.clone() for key, value in network.state_dict().items()}
    try:
        network.train()
        with autocast(context):
            value = quick(images)
        value.backward()  # type: ignore[no-untyped-call]
    except Exception as error:
        # A missing C++ compiler and the compiler's own faults have no common type.
        reason = str(error).strip().split("\n", 1)[0]
        context.progress.say(f"torch.compile does not work here ({reason}); training goes on uncompiled, more slowly.")
        return loss
    finally:
        network.load_state_dict(before)

    def quick_or_plain(batch: Tensor) -> Tensor:
        # The last, smaller batch of an epoch is not worth a second compilation.
        return quick(batch) if batch.shape == images.shape else loss(batch)

    return quick_or_plain
