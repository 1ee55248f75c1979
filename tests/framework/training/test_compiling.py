from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import torch

if TYPE_CHECKING:
    from collections.abc import Callable

    from conftest import Journal, Training


def alike(one: torch.nn.Module, other: torch.nn.Module) -> bool:
    first, second = one.state_dict(), other.state_dict()
    return all(torch.equal(first[key], second[key]) for key in first)


def fails_forward(loss: Callable[..., torch.Tensor], **options: object) -> Callable[..., torch.Tensor]:
    def call(images: torch.Tensor) -> torch.Tensor:
        loss(images)
        raise RuntimeError("no C++ compiler found\nwith a long story")

    return call


def fails_backward(loss: Callable[..., torch.Tensor], **options: object) -> Callable[..., torch.Tensor]:
    class Broken(torch.autograd.Function):
        @staticmethod
        def forward(ctx: object, value: torch.Tensor) -> torch.Tensor:
            return value.clone()

        @staticmethod
        def backward(ctx: object, gradient: torch.Tensor) -> torch.Tensor:
            raise RuntimeError("no C++ compiler found")

    return lambda images: Broken.apply(loss(images))


@pytest.mark.parametrize("compiler", [fails_forward, fails_backward])
def test_a_failing_compiler_is_said_once_and_changes_nothing(
    training: Training, journal: Journal, monkeypatch: pytest.MonkeyPatch, compiler: object
) -> None:
    expected = training.run(checkpoint=None)
    monkeypatch.setattr(torch, "compile", compiler)
    assert alike(training.run(journal, compile=True), expected)
    assert [sentence for sentence in journal.said if "no C++ compiler found)" in sentence] == journal.said[-1:]
    assert "uncompiled" in journal.said[-1]


def test_what_is_compiled_is_used_for_whole_batches_only(
    training: Training, journal: Journal, monkeypatch: pytest.MonkeyPatch
) -> None:
    shapes = []

    def watch(loss: Callable[..., torch.Tensor], **options: object) -> Callable[..., torch.Tensor]:
        def call(images: torch.Tensor) -> torch.Tensor:
            shapes.append(tuple(images.shape))
            return loss(images)

        return call

    # What is not compiled may sum its gradients in another order; see gradients.py.
    monkeypatch.setattr(torch.backends.cpu, "get_cpu_capability", lambda: "AVX512")
    expected = training.run(checkpoint=None)
    monkeypatch.setattr(torch, "compile", watch)
    assert alike(training.run(journal, compile=True), expected)
    assert shapes == [(4, 1, 8, 8)] * (1 + 6 * 2)  # the trial, then two whole batches an epoch


@pytest.mark.slow
def test_the_real_compiler_reaches_the_same_loss(training: Training, journal: Journal) -> None:
    plain = type(journal)()
    training.run(plain, checkpoint=None)
    training.run(journal, compile=True)
    if any("uncompiled" in sentence for sentence in journal.said):
        pytest.skip(f"no compiler here: {journal.said}")
    assert journal.curve("train_loss")[-1] == pytest.approx(plain.curve("train_loss")[-1], rel=0.3)
