"""Takes up a training where it was interrupted, if it is the same training."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any

import torch

from adfw.errors import TrainingError
from adfw.training.checkpoint import load_checkpoint

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from adfw.interfaces import FitContext
    from adfw.training.settings import TrainingSettings
    from adfw.training.state import TrainingState


def origin_of(ids: Sequence[str], settings: TrainingSettings, context: FitContext) -> dict[str, Any]:
    """Return what has to be alike for a resumed training to end as an uninterrupted one would."""
    # More epochs than before are no contradiction where each goes on from the last; a cosine ends with the last one.
    exclude = {"epochs"} if settings.schedule == "plateau" else set()
    return {
        "seed": context.seed,
        "precision": context.precision,
        "device": torch.device(context.device).type,
        "compile": context.compile,
        "images": hashlib.sha256("\n".join(ids).encode()).hexdigest(),
        "settings": settings.model_dump(exclude=exclude),
    }


def resume(state: TrainingState, origin: Mapping[str, Any], context: FitContext) -> None:
    """Bring `state` to the last saved epoch and tell the user where that is; nothing saved is no error.

    Raises TrainingError where the saved training is damaged, or is not this one.
    """
    say = context.progress.say
    saved = load_checkpoint(context.checkpoint) if context.checkpoint is not None else None
    if saved is None:
        say("No epoch of this training was saved before; it begins anew.")
        return
    if saved.complaint:
        say(f"{saved.complaint}; going on from the epoch before it.")
    begun = saved.numbers["origin"]
    differing = sorted(key for key in origin if begun.get(key) != origin[key])
    if differing:
        raise TrainingError(
            f"{context.checkpoint}: this training was begun with different {' and '.join(differing)}; "
            "resume it with the recipe and images it was begun with, or start anew without --resume"
        )
    try:
        state.restore(saved.tensors, saved.numbers)
    except (KeyError, RuntimeError) as error:
        reason = str(error).strip().split("\n", 1)[0]
        raise TrainingError(
            f"{context.checkpoint}: the saved state belongs to another network ({reason}); start anew without --resume"
        ) from error
    for row in state.history:
        context.progress.record(row)
    say(f"Going on after epoch {state.epoch} of {state.settings.epochs}.")
