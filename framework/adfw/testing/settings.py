"""Torch's global settings, which one check must not hand on to the next."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import torch

if TYPE_CHECKING:
    from collections.abc import Iterator


@contextmanager
def settings_restored() -> Iterator[None]:
    """Put the settings back afterwards: a component that switches one would hide it from the checks that follow."""
    settings = settings_now()
    try:
        yield
    finally:
        restore(settings)


def settings_now() -> dict[str, Any]:
    """Return torch's global settings by name."""
    return {
        "gradients": torch.is_grad_enabled(),
        "the default dtype": torch.get_default_dtype(),
        "deterministic algorithms": torch.are_deterministic_algorithms_enabled(),
        "the number of threads": torch.get_num_threads(),
    }


def restore(settings: dict[str, Any]) -> None:
    """Set torch's global settings to what they were."""
    torch.set_grad_enabled(settings["gradients"])
    torch.set_default_dtype(settings["the default dtype"])
    torch.use_deterministic_algorithms(settings["deterministic algorithms"])
    torch.set_num_threads(settings["the number of threads"])
