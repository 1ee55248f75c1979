"""Fits a recipe's model, or takes it up where an interrupted run left it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from safetensors import SafetensorError
from safetensors.torch import load_file, save_file

from adfw.detector import load_state
from adfw.errors import RunError
from adfw.interfaces import FitContext

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
    if resume and state.is_file():
        try:
            load_state(model, load_file(state))
        except SafetensorError as error:
            raise RunError(f"{state}: is damaged ({error}); delete it and go on with --resume") from error
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
    save_file(tensors, state)
    return model
