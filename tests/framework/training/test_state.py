from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import torch

from adfw.training.state import TrainingState

if TYPE_CHECKING:
    from conftest import Training


def advance(state: TrainingState, loss: float) -> None:
    state.optimizer.zero_grad()
    state.network.loss(torch.rand(2, 1, 8, 8)).backward()
    state.optimizer.step()
    state.close_epoch({"train_loss": loss})


def fresh(training: Training) -> TrainingState:
    return TrainingState(type(training.run())(), training.settings)


def test_a_restored_state_is_the_saved_one_in_every_part(training: Training) -> None:
    state, other = fresh(training), fresh(training)
    for loss in (0.5, 0.2, 0.4, 0.4):  # the best epoch is not the last, and the learning rate has fallen
        advance(state, loss)
    other.restore(state.tensors(), state.numbers())
    assert other.numbers() == state.numbers()
    assert state.numbers()["best_epoch"] == 2
    assert other.optimizer.param_groups[0]["lr"] == state.plateau.lr < training.settings.lr
    one, two = state.tensors(), other.tensors()
    assert one.keys() == two.keys()
    assert all(torch.equal(one[key], two[key]) for key in one)
    assert not torch.equal(one["best/layers.0.weight"], one["network/layers.0.weight"])


def test_the_optimizer_takes_the_steps_of_a_cosine_also_once_restored(training: Training) -> None:
    cosine = training.tuned(schedule="cosine")
    state, other = fresh(cosine), fresh(cosine)
    for _ in range(3):
        advance(state, 0.5)
    other.restore(state.tensors(), state.numbers())
    half = (cosine.settings.lr + cosine.settings.min_lr) / 2
    assert [one.optimizer.param_groups[0]["lr"] for one in (state, other)] == pytest.approx([half, half])


def test_moments_have_the_memory_format_of_their_weights(training: Training) -> None:
    state, other = fresh(training), fresh(training)
    other.network.to(memory_format=torch.channels_last)
    advance(state, 0.5)
    other.restore(state.tensors(), state.numbers())
    weight = other.network.layers[0].weight
    assert other.optimizer.state[weight]["exp_avg"].stride() == weight.stride()


def test_what_was_saved_does_not_change_with_the_network(training: Training) -> None:
    state = fresh(training)
    advance(state, 0.5)
    saved = state.tensors()
    before = {key: value.clone() for key, value in saved.items()}
    advance(state, 0.4)
    assert all(torch.equal(saved[key], before[key]) for key in saved)
    assert all(value.is_contiguous() for value in saved.values())
