"""Fits a recipe's model, or takes it up where an interrupted run left it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from safetensors import SafetensorError
from safetensors.torch import load_file, save

from adfw.detector import load_state
from adfw.errors import RunError
from adfw.interfaces import FitContext
from adfw.run_folder import write_atomically

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from adfw.compute import Device
    from adfw.interfaces import Model, Sample
    from adfw.journal import Journal
    from adfw.recipe import Recipe

STATE = "fitted.safetensors"
"""The fitted model's state in the folder of checkpoints; a run that has it trains no more."""


def make_context(recipe: Recipe, compute: Device, checkpoint: Path, journal: Journal, *, resume: bool) -> FitContext:
    """Return what the model may use while it is fitted."""
    return FitContext(
        device=compute.device,
        precision=compute.precision,
        seed=recipe.seed,
        progress=journal,
        compile=recipe.compute.compile,
        checkpoint=checkpoint,
        resume=resume,
    )


def fit(model: Model, train: Sequence[Sample], context: FitContext, checkpoint: Path, journal: Journal) -> None:
    """Fit a freshly built model and keep its state and its curves, so that resuming trains nothing twice.

    Raises TrainingError where the samples do not suffice, and RunError for a damaged state.
    """
    state, curves = checkpoint / STATE, checkpoint / "fitted.json"
    if context.resume and state.is_file():
        _take_up(model, state, curves, journal)
        model.to(context.device)
        return
    checkpoint.mkdir(exist_ok=True)
    model.fit(train, context)
    tensors = {name: tensor.detach().cpu().contiguous() for name, tensor in model.state_dict().items()}
    write_atomically(curves, json.dumps(journal.history))
    temporary = state.with_suffix(".tmp")
    temporary.write_bytes(save(tensors))
    temporary.replace(state)


def _take_up(model: Model, state: Path, curves: Path, journal: Journal) -> None:
    try:
        load_state(model, load_file(state))
        history = json.loads(curves.read_text(encoding="utf-8"))
    except (SafetensorError, ValueError, OSError) as error:
        raise RunError(f"{state}: is damaged ({error}); delete it and go on with --resume") from error
    for figures in history:
        journal.record(figures)
