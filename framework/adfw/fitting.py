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

    from adfw.compute import Device
    from adfw.interfaces import Model, Sample
    from adfw.journal import Journal
    from adfw.recipe import Recipe
    from adfw.run_folder import RunFolder


def fit(
    recipe: Recipe, train: Sequence[Sample], folder: RunFolder, compute: Device, journal: Journal, *, resume: bool
) -> Model:
    """Return the fitted model and keep its state in the run folder, so that nothing is trained twice."""
    model: Model = recipe.model.build()
    state = folder.checkpoint / "fitted.safetensors"
    history = folder.checkpoint / "fitted.json"
    if resume and state.is_file():
        try:
            load_state(model, load_file(state))
        except SafetensorError as error:
            raise RunError(f"{state}: is damaged ({error}); delete it and go on with --resume") from error
        for figures in json.loads(history.read_text(encoding="utf-8")):
            journal.record(figures)
        return model.to(compute.device)
    folder.checkpoint.mkdir(exist_ok=True)
    model.fit(
        train,
        FitContext(
            device=compute.device,
            precision=compute.precision,
            seed=recipe.seed,
            progress=journal,
            compile=recipe.compute.compile,
            checkpoint=folder.checkpoint,
            resume=resume,
        ),
    )
    tensors = {name: tensor.detach().cpu().contiguous() for name, tensor in model.state_dict().items()}
    write_atomically(history, json.dumps(journal.history))
    temporary = state.with_suffix(".tmp")
    temporary.write_bytes(save(tensors))
    temporary.replace(state)
    return model
