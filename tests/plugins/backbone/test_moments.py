"""Mean and covariance in blocks against all at once."""

from __future__ import annotations

import torch
from hypothesis import given
from hypothesis import strategies as st

from adfw_plugins.backbone.moments import Moments
from adfw_plugins.backbone.work import Work


@given(st.lists(st.integers(1, 7), min_size=1, max_size=5), st.integers(0, 2**16), st.sampled_from([0.0, 1e3]))
def test_blocks_give_the_moments_of_all_vectors(sizes: list[int], seed: int, offset: float) -> None:
    blocks = [torch.rand(2, n, 3, generator=torch.Generator().manual_seed(seed + i)) for i, n in enumerate(sizes)]
    moments = Moments()
    for block in blocks:
        moments.add(block + offset)
    every = torch.cat(blocks, dim=1).double() + offset
    torch.testing.assert_close(moments.mean.double(), every.mean(1), atol=1e-5, rtol=1e-6)
    centred = every - every.mean(1, keepdim=True)
    expected = centred.mT @ centred
    torch.testing.assert_close(moments.scatter.double(), expected, atol=1e-2 if offset else 1e-5, rtol=1e-4)
    assert moments.count == every.shape[1]


def test_work_adds_up_and_never_passes_its_total() -> None:
    class Shown:
        def __init__(self) -> None:
            self.steps: list[tuple[float, float]] = []

        def step(self, done: float, total: float, figures: object) -> None:
            self.steps.append((done, total))

    work = Work(shown := Shown(), 3)  # type: ignore[arg-type]
    for _ in range(4):
        work.add(1)
    assert shown.steps == [(1, 3), (2, 3), (3, 3), (3, 3)]
