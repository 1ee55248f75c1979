"""The gradient loop: what happens in an epoch, in the order it happens."""

from __future__ import annotations

import hashlib
import math
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import torch

from adfw.errors import TrainingError
from adfw.training.checkpoint import load_checkpoint, save_checkpoint
from adfw.training.compiling import compiled
from adfw.training.feed import feed
from adfw.training.parts import Parts, epoch_seed, hold_out
from adfw.training.precision import autocast
from adfw.training.state import TrainingState

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from torch import Tensor, nn

    from adfw.interfaces import FitContext, Sample
    from adfw.training.settings import TrainingSettings

    Loss = Callable[[Tensor], Tensor]


def train(
    network: nn.Module, loss: Loss, samples: Sequence[Sample], settings: TrainingSettings, context: FitContext
) -> None:
    """Fit `network` to normal samples and leave it with its best weights, in eval mode, on `context.device`.

    `loss` maps (N, C, H, W) float32 images in [0, 1] to the mean loss of the batch, a scalar, through `network`; it
    runs under autocast where `context.precision` is bf16. Every epoch draws from (seed, epoch) alone, so a resumed
    training ends with the weights of an uninterrupted one, bit for bit on a CPU. Raises TrainingError where the
    samples do not suffice, the loss is no longer finite, or the state cannot be saved or resumed.
    """
    ids = [sample.id for sample in samples]
    parts = hold_out(ids, settings.validation_share)
    network.to(device=context.device, memory_format=torch.channels_last)  # type: ignore[call-overload]
    state = TrainingState(network, settings)
    origin = _origin(ids, settings, context)
    if context.resume:
        _resume(state, origin, context)
    with _own_randomness(context.device):
        step_loss = _quickest(loss, state, samples, parts, context)
        while not state.ended:
            torch.manual_seed(epoch_seed(context.seed, state.epoch))
            row = _learn(state, step_loss, samples, parts, context)
            if parts.validation:
                row["validation_loss"] = _validate(network, loss, samples, parts, context)
            state.close_epoch(row)
            context.progress.record(row)
            if context.checkpoint is not None:
                save_checkpoint(context.checkpoint, state.tensors(), {"origin": origin, **state.numbers()})
    state.load_best()
    network.eval()


def _quickest(loss: Loss, state: TrainingState, samples: Sequence[Sample], parts: Parts, context: FitContext) -> Loss:
    if not context.compile or state.ended:
        return loss
    images = next(feed(samples, parts.train, state.settings.batch_size, context.device))
    return compiled(loss, state.network, images, context)


def _learn(
    state: TrainingState, loss: Loss, samples: Sequence[Sample], parts: Parts, context: FitContext
) -> dict[str, float]:
    """Take one step for each batch of an epoch; returns the epoch's row of the training curves."""
    state.network.train()
    epoch, began, done, total = state.epoch + 1, time.perf_counter(), 0, 0.0
    for images in feed(samples, parts.order(context.seed, state.epoch), state.settings.batch_size, context.device):
        state.optimizer.zero_grad(set_to_none=True)
        with autocast(context):
            value = loss(images)
        value.backward()  # type: ignore[no-untyped-call]
        state.optimizer.step()
        done += len(images)
        total += _finite(value, f"epoch {epoch}, after {done} images", context) * len(images)
        speed = done / (time.perf_counter() - began)
        share = state.epoch + done / len(parts.train)
        figures = {"loss": total / done, "images_per_s": speed}
        context.progress.step(share, state.settings.epochs, figures)
    return {
        "epoch": epoch,
        "train_loss": total / done,
        "learning_rate": state.plateau.lr,
        "images_per_s": done / (time.perf_counter() - began),
    }


@torch.no_grad()
def _validate(network: nn.Module, loss: Loss, samples: Sequence[Sample], parts: Parts, context: FitContext) -> float:
    """Return the mean loss of the held-out images, in eval mode."""
    network.eval()
    total = 0.0
    for images in feed(samples, parts.validation, 16, context.device):
        with autocast(context):
            total += _finite(loss(images), "the held-out images", context) * len(images)
    return total / len(parts.validation)


def _finite(value: Tensor, place: str, context: FitContext) -> float:
    number = value.item()
    if not math.isfinite(number):
        rescue = "lower model.training.lr"
        rescue += ", or set compute.precision to fp32" if context.precision == "bf16" else ""
        raise TrainingError(f"the loss is {number} ({place}); {rescue}, and look over the images with adfw check")
    return number


@contextmanager
def _own_randomness(device: str) -> Iterator[None]:
    kind = torch.device(device).type
    with torch.random.fork_rng(devices=None if kind == "cuda" else [], enabled=True):
        yield


def _origin(ids: Sequence[str], settings: TrainingSettings, context: FitContext) -> dict[str, Any]:
    """Return what has to be alike for a resumed training to end as an uninterrupted one would."""
    return {
        "seed": context.seed,
        "precision": context.precision,
        "device": torch.device(context.device).type,
        "compile": context.compile,
        "images": hashlib.sha256("\n".join(ids).encode()).hexdigest(),
        # More epochs than before are no contradiction: each goes on from the last.
        "settings": settings.model_dump(exclude={"epochs"}),
    }


def _resume(state: TrainingState, origin: dict[str, Any], context: FitContext) -> None:
    saved = load_checkpoint(context.checkpoint) if context.checkpoint is not None else None
    if saved is None:
        context.progress.say("No epoch of this training was saved before; it begins anew.")
        return
    if saved.complaint:
        context.progress.say(f"{saved.complaint}; going on from the epoch before it.")
    before = saved.numbers["origin"]
    differing = sorted(key for key in origin if before.get(key) != origin[key])
    if differing:
        raise TrainingError(
            f"{context.checkpoint}: this training was begun with another {', '.join(differing)}; "
            "resume it with the recipe it was begun with, or start anew without --resume"
        )
    try:
        state.restore(saved.tensors, saved.numbers)
    except (KeyError, RuntimeError, ValueError, TypeError) as error:
        raise TrainingError(
            f"{context.checkpoint}: the saved state belongs to another network ({error}); start anew without --resume"
        ) from error
    for row in state.history:
        context.progress.record(row)
    context.progress.say(f"Going on after epoch {state.epoch} of {state.settings.epochs}.")
