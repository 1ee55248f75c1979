from __future__ import annotations

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from adfw import TrainingSettings
from adfw.training.plateau import Plateau

SETTINGS = TrainingSettings(lr=1e-3, patience=2, factor=0.5, min_lr=2e-4)


def follow(losses: list[float], settings: TrainingSettings = SETTINGS) -> list[Plateau]:
    states = [Plateau(settings.lr)]
    for loss in losses:
        states.append(states[-1].after(loss, settings))
    return states[1:]


@given(
    losses=st.lists(st.floats(1e-6, 1.0), min_size=1, max_size=40),
    patience=st.integers(0, 4),
    factor=st.floats(0.1, 0.9),
    min_lr=st.sampled_from([0.0, 1e-5, 1e-3]),
)
def test_learning_rates_are_those_of_torch(losses: list[float], patience: int, factor: float, min_lr: float) -> None:
    settings = TrainingSettings(lr=1e-3, patience=patience, factor=factor, min_lr=min_lr)
    optimizer = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=settings.lr)
    theirs = torch.optim.lr_scheduler.ReduceLROnPlateau(optimizer, factor=factor, patience=patience, min_lr=min_lr)
    for loss, ours in zip(losses, follow(losses, settings), strict=True):
        theirs.step(loss)
        assert ours.lr == optimizer.param_groups[0]["lr"]


def test_an_improving_loss_leaves_the_learning_rate() -> None:
    assert {state.lr for state in follow([1 / n for n in range(1, 30)])} == {SETTINGS.lr}


def test_a_standing_loss_lowers_it_to_the_floor_and_then_ends() -> None:
    states = follow([1.0] * 13)
    assert [state.lr for state in states[::3]] == pytest.approx([1e-3, 5e-4, 2.5e-4, 2e-4, 2e-4])
    assert [state.ended for state in states] == [False] * 12 + [True]


def test_an_improvement_at_the_floor_goes_on() -> None:
    states = follow([1.0] * 12 + [0.5] + [0.5] * 3)
    assert [state.ended for state in states[12:]] == [False, False, False, True]


def test_an_improvement_of_less_than_a_ten_thousandth_is_none() -> None:
    assert follow([1.0, 0.99991])[-1].bad_epochs == 1
    assert follow([1.0, 0.9998])[-1].bad_epochs == 0
