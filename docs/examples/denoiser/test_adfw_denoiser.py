"""The model conforms, learns to take noise out, and tells a spot from what it was trained on."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import torch
from adfw_denoiser import DenoiserConfig

from adfw import FitContext, Sample, TrainingError
from adfw.testing import parametrize_with_checks

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping


@parametrize_with_checks(DenoiserConfig.conformance_examples(Path()), profile="quick")
def test_conforms(check: Callable[[], None]) -> None:
    check()


class Told:
    """Keeps what the model tells."""

    def __init__(self) -> None:
        self.rows: list[Mapping[str, float]] = []
        self.sentences: list[str] = []

    def step(self, done: float, total: float, figures: Mapping[str, float]) -> None:
        assert 0 < done <= total

    def record(self, figures: Mapping[str, float]) -> None:
        self.rows.append(figures)

    def say(self, sentence: str) -> None:
        self.sentences.append(sentence)


def ramps(count: int, size: int = 24) -> torch.Tensor:
    light = torch.rand((count, 1, 1, 1), generator=torch.Generator().manual_seed(count)) * 0.3
    return (torch.linspace(0.2, 0.6, size).expand(count, 1, size, size) + light).contiguous()


def samples(images: torch.Tensor) -> list[Sample]:
    return [Sample(f"{number}.png", image, 0) for number, image in enumerate(images)]


def test_it_learns_and_a_spot_stands_out() -> None:
    told, model = Told(), DenoiserConfig(steps=120, batch_size=8, width=8, grain=6).build()
    model.fit(samples(ramps(12)), FitContext("cpu", "fp32", 0, told))
    losses = [row["train_loss"] for row in told.rows]
    assert losses[-1] < losses[0] / 2
    images = ramps(2)
    images[1, :, 8:14, 8:14] = 1.0  # a spot of the grain it was trained to take out
    (found,) = model.examine(images)
    plain, spotted = (found.observed - found.expected).abs().amax((1, 2, 3))
    assert spotted > 1.5 * plain


def test_resuming_says_that_it_begins_again_and_ends_alike() -> None:
    told, states = Told(), []
    for resume in (False, True):
        model = DenoiserConfig(steps=3, batch_size=2, width=8).build()
        model.fit(samples(ramps(4)), FitContext("cpu", "fp32", 1, told, resume=resume))
        states.append(model.state_dict())
    assert told.sentences == ["the denoiser keeps no checkpoints: it trains from the beginning, to the same weights"]
    assert all(torch.equal(states[0][name], states[1][name]) for name in states[0])


def test_bf16_trains_too() -> None:
    model = DenoiserConfig(steps=2, batch_size=2, width=8).build()
    model.fit(samples(ramps(4)), FitContext("cpu", "bf16", 0, Told()))
    assert model.examine(ramps(1))[0].expected.dtype == torch.float32


def test_images_that_are_too_small_are_refused_with_the_size_it_takes() -> None:
    with pytest.raises(TrainingError, match=r"images are 4 x 4 pixels of 1 .*; the denoiser takes 8 x 8 or more"):
        DenoiserConfig(steps=2, width=8).build().fit(samples(ramps(4, 4)), FitContext("cpu", "fp32", 0, Told()))
