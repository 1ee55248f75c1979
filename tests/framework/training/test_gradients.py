from __future__ import annotations

from contextlib import nullcontext
from typing import Any

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import nn
from torch.utils._python_dispatch import TorchDispatchMode

from adfw.training.gradients import BACKWARD, ContiguousWeightGradients, quick_weight_gradients


class Watching(TorchDispatchMode):
    """Notes for each backward pass of a convolution what it computes and whether its images are contiguous."""

    def __init__(self) -> None:
        super().__init__()
        self.seen: list[tuple[list[bool], bool]] = []

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        if func is BACKWARD:
            self.seen.append((list(args[-1]), args[1].is_contiguous()))
        return func(*args, **(kwargs or {}))


def gradients(layer: nn.Module, images: torch.Tensor) -> list[torch.Tensor]:
    images = images.clone().requires_grad_()
    output = layer(images)
    weights = torch.linspace(-1, 1, output.numel(), dtype=output.dtype).view_as(output)
    return list(torch.autograd.grad((output * weights).sum(), [images, *layer.parameters()]))


@given(
    transposed=st.booleans(),
    kernel=st.integers(1, 5),
    stride=st.integers(1, 3),
    groups=st.sampled_from([1, 2]),
    bias=st.booleans(),
    height=st.integers(6, 11),
    width=st.integers(6, 11),
    seed=st.integers(0, 99),
)
def test_gradients_equal_those_in_double_precision(
    *, transposed: bool, kernel: int, stride: int, groups: int, bias: bool, height: int, width: int, seed: int
) -> None:
    torch.manual_seed(seed)
    kind = nn.ConvTranspose2d if transposed else nn.Conv2d
    layer = kind(4, 6, kernel, stride=stride, padding=kernel // 2, groups=groups, bias=bias)
    images = torch.rand(3, 4, height, width)
    exact = gradients(layer.double(), images.double())
    layer.float().to(memory_format=torch.channels_last)
    with ContiguousWeightGradients():
        found = gradients(layer, images.to(memory_format=torch.channels_last))
    for mine, theirs in zip(found, exact, strict=True):
        assert torch.allclose(mine.double(), theirs, rtol=1e-4, atol=1e-4)


def test_only_the_weights_gradient_is_taken_in_contiguous_layout() -> None:
    layer = nn.Conv2d(4, 6, 3).to(memory_format=torch.channels_last)
    with Watching() as watching, ContiguousWeightGradients():
        gradients(layer, torch.rand(2, 4, 8, 8).to(memory_format=torch.channels_last))
    assert watching.seen == [([True, False, True], False), ([False, True, False], True)]


def test_contiguous_images_and_bf16_are_left_alone() -> None:
    layer = nn.Conv2d(4, 6, 3)
    with Watching() as watching, ContiguousWeightGradients():
        gradients(layer, torch.rand(2, 4, 8, 8))
        with torch.autocast("cpu", torch.bfloat16):
            gradients(layer, torch.rand(2, 4, 8, 8).to(memory_format=torch.channels_last))
    assert [wanted for wanted, _ in watching.seen] == [[True, True, True]] * 2


@pytest.mark.parametrize(
    ("device", "capability", "compiling", "splits"),
    [
        ("cpu", "AVX2", False, True),
        ("cpu", "AVX2", True, False),
        ("cpu", "AVX512", False, False),
        ("cuda:0", "AVX2", False, False),
    ],
)
def test_it_is_used_where_it_is_quicker(
    monkeypatch: pytest.MonkeyPatch, device: str, capability: str, compiling: bool, splits: bool
) -> None:
    monkeypatch.setattr(torch.backends.cpu, "get_cpu_capability", lambda: capability)
    kind = ContiguousWeightGradients if splits else nullcontext
    assert type(quick_weight_gradients(device, compiling=compiling)) is kind
