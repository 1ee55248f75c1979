"""Global state that a component leaves as it found it, and does not depend on."""

from __future__ import annotations

import pickle
import random
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import numpy as np
import torch

from adfw.testing.check import require
from adfw.testing.settings import restore, settings_now

if TYPE_CHECKING:
    from collections.abc import Iterator


@contextmanager
def left_alone(*, draws: bool = False) -> Iterator[None]:
    """Require that the random generators (unless it `draws`) and torch's settings are the same afterwards."""
    generators, settings = _generators(), settings_now()
    try:
        yield
        changed = [name for name, state in _generators().items() if state != generators[name]]
        require(draws or not changed, f"it draws from the global random generator of {' and '.join(changed)}")
        switched = [f"{name} to {value}" for name, value in settings_now().items() if value != settings[name]]
        require(not switched, f"it switches {' and '.join(switched)} for everybody")
    finally:
        restore(settings)


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
