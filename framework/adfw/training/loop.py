"""The gradient loop: what happens in an epoch, in the order it happens."""

from __future__ import annotations

import math
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

import torch

from adfw.errors import TrainingError
from adfw.images.batches import batches
from adfw.memory import reuse_freed_memory
from adfw.training.batch_norm import over_all_processes
from adfw.training.checkpoint import save_checkpoint
from adfw.training.compiling import compiled
from adfw.training.feed import feed
from adfw.training.gradients import quick_weight_gradients
from adfw.training.parts import Parts, epoch_seed, hold_out
from adfw.training.peers import Peers
from adfw.training.precision import autocast
from adfw.training.resuming import origin_of, resume
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

    Under `torchrun` every process learns from its share of each batch, the steps are those of the whole batch, batch
    norm's statistics too, and the first process alone saves. Dropout draws differently in each process.
    """
    peers = Peers.now()
    ids = _ids(samples, settings, context)
    parts = hold_out(ids, settings.validation_share)
    network.to(device=context.device, memory_format=torch.channels_last)  # type: ignore[call-overload]
    state = TrainingState(network, settings)
    origin = origin_of(ids, settings, context)
    if context.resume:
        resume(state, origin, context)
    peers.agree(network.state_dict().values())
    with _own_randomness(context.device), reuse_freed_memory(), over_all_processes(network, peers):
        step_loss = _quickest(loss, state, samples, parts, context)
        while not state.ended:
            torch.manual_seed(epoch_seed(context.seed, state.epoch) + peers.rank)
            with quick_weight_gradients(context.device, compiling=step_loss is not loss):
                row = _learn(state, step_loss, samples, parts, context)
            if parts.validation:
                row["validation_loss"] = _validate(state, loss, samples, parts, context)
            row = _agreed(row, peers)
            state.close_epoch(row)
            context.progress.record(row)
            if context.checkpoint is not None and peers.rank == 0:
                save_checkpoint(context.checkpoint, state.tensors(), {"origin": origin, **state.numbers()})
    state.load_best()
    network.eval()


def _ids(samples: Sequence[Sample], settings: TrainingSettings, context: FitContext) -> list[str]:
    """Look at every image once; a store decodes them here, with its threads, and not in the first epoch."""
    ids: list[str] = []
    for batch in batches(samples, settings.batch_size):
        ids += [sample.id for sample in batch.samples]
        context.progress.step(0, settings.epochs, {"images_read": len(ids)})
    return ids


def _quickest(loss: Loss, state: TrainingState, samples: Sequence[Sample], parts: Parts, context: FitContext) -> Loss:
    if not context.compile or state.ended:
        return loss
    if Peers.now().count > 1:
        context.progress.say("Several processes train together; training goes on uncompiled, more slowly.")
        return loss
    images = next(feed(samples, parts.train, state.settings.batch_size, context.device))
    return compiled(loss, state.network, images, context)


def _learn(
    state: TrainingState, loss: Loss, samples: Sequence[Sample], parts: Parts, context: FitContext
) -> dict[str, float]:
    """Take one step for each batch of an epoch; returns the epoch's row of the training curves."""
    state.network.train()
    epoch, began, done, total = state.epoch + 1, time.perf_counter(), 0, 0.0
    peers, size = Peers.now(), state.settings.batch_size
    own = peers.share(parts.order(context.seed, state.epoch), size)
    for images in feed(samples, own, size // peers.count, context.device):
        state.optimizer.zero_grad(set_to_none=True)
        with autocast(context):
            value = loss(images)
        mean, together = peers.mean(value, len(images))
        (value if peers.count == 1 else value * (len(images) / together)).backward()  # type: ignore[no-untyped-call]
        peers.add_gradients(state.parameters)
        state.optimizer.step()
        done += together
        total += _finite(mean, f"epoch {epoch}, after {done} images", context) * together
        speed = done / (time.perf_counter() - began)
        share = state.epoch + done / len(parts.train)
        figures = {"loss": total / done, "images_per_s": speed}
        context.progress.step(share, state.settings.epochs, figures)
    return {
        "epoch": epoch,
        "train_loss": total / done,
        "learning_rate": state.learning_rate,
        "images_per_s": done / (time.perf_counter() - began),
    }


@torch.no_grad()
def _validate(state: TrainingState, loss: Loss, samples: Sequence[Sample], parts: Parts, context: FitContext) -> float:
    """Return the mean loss of the held-out images, in eval mode."""
    state.network.eval()
    total = 0.0
    for images in feed(samples, parts.validation, state.settings.batch_size, context.device):
        with autocast(context):
            total += _finite(loss(images), f"epoch {state.epoch + 1}, held-out images", context) * len(images)
    return total / len(parts.validation)


def _agreed(row: dict[str, float], peers: Peers) -> dict[str, float]:
    """Return the first process's figures, by which all decide alike."""
    figures = torch.tensor(list(row.values()), dtype=torch.float64)
    peers.agree([figures])
    return dict(zip(row, figures.tolist(), strict=True))


def _finite(value: Tensor, place: str, context: FitContext) -> float:
    number = value.item()
    if not math.isfinite(number):
        rescue = "lower model.training.lr"
        rescue += ", or set compute.precision to fp32" if context.precision == "bf16" else ""
        raise TrainingError(f"the loss is {number} ({place}); {rescue}, and look over the images with adfw check")
    return number


@contextmanager
def _own_randomness(device: str) -> Iterator[None]:
    generators = [torch.device(device)] if torch.device(device).type == "cuda" else []
    with torch.random.fork_rng(devices=generators):
        yield
