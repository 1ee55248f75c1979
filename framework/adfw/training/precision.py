"""The arithmetic of training: bf16 where it was asked for, with float32 weights."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch

if TYPE_CHECKING:
    from adfw.interfaces import FitContext


def autocast(context: FitContext) -> torch.autocast:
    """Return the context in which a loss runs in the precision asked for; weights and their updates stay float32."""
    kind = torch.device(context.device).type
    return torch.autocast(kind, torch.bfloat16, enabled=context.precision == "bf16")
