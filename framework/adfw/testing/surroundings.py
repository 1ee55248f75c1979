"""Global state that a component leaves as it found it, and does not depend on."""

from __future__ import annotations

import pickle
import random
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import numpy as np
import torch

from adfw.testing.check import require

if TYPE_CHECKING:
    from collections.abc import Iterator


@contextmanager
def left_alone(*, draws: bool = False) -> Iterator[None]:
    """Require that the random generators (unless it `draws`) and torch's settings are the same afterwards."""
    generators, settings = _generators(), _settings()
    try:
        yield
        changed = [name for name, state in _generators().items() if state != generators[name]]
        require(draws or not changed, f"it draws from the global random generator of {' and '.join(changed)}")
        switched = [f"{name} to {value}" for name, value in _settings().items() if value != settings[name]]
        require(not switched, f"it switches {' and '.join(switched)} for everybody")
    finally:
        _restore(settings)


@contextmanager
def global_seed(seed: int) -> Iterator[None]:
    """Seed the global generators, and put their state back afterwards."""
    states = random.getstate(), np.random.get_state(), torch.get_rng_state()
    try:
        random.seed(seed)
        np.random.seed(seed)
        torch.manual_seed(seed)
        yield
    finally:
        random.setstate(states[0])
        np.random.set_state(states[1])
        torch.set_rng_state(states[2])


def _generators() -> dict[str, Any]:
    return {
        "random": random.getstate(),
        "numpy": pickle.dumps(np.random.get_state()),
        "torch": bytes(torch.get_rng_state().numpy()),
    }


def _settings() -> dict[str, Any]:
    return {
        "gradients": torch.is_grad_enabled(),
        "the default dtype": torch.get_default_dtype(),
        "deterministic algorithms": torch.are_deterministic_algorithms_enabled(),
        "the number of threads": torch.get_num_threads(),
    }


def _restore(settings: dict[str, Any]) -> None:
    torch.set_grad_enabled(settings["gradients"])
    torch.set_default_dtype(settings["the default dtype"])
    torch.use_deterministic_algorithms(settings["deterministic algorithms"])
    torch.set_num_threads(settings["the number of threads"])
