"""The coreset against the algorithm taken literally, and the reduced-precision distances it stands on."""

from __future__ import annotations

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor

from adfw_plugins.patchcore import coreset
from adfw_plugins.patchcore.coreset import greedy_coreset
from adfw_plugins.patchcore.distance import as_centres, as_points, smallest
from adfw_plugins.patchcore.projection import EXACT, RANDOM, coreset_projection, principal_axes


def points_of(features: Tensor, dtype: torch.dtype = torch.float32) -> Tensor:
    return as_points(features, features.to(dtype).float().square().sum(1), dtype)


def literal(features: Tensor, count: int, start: int) -> list[int]:
    """Algorithm 1 of the paper: one pass over all patches for each centre."""
    chosen, distances = [start], torch.cdist(features, features[[start]])[:, 0]
    while len(chosen) < count:
        chosen.append(int(distances.argmax()))
        distances = torch.minimum(distances, torch.cdist(features, features[[chosen[-1]]])[:, 0])
    return chosen


def radius(features: Tensor, chosen: Tensor) -> float:
    return float(torch.cdist(features, features[chosen]).amin(1).max())


def clustered(seed: int, count: int = 400, width: int = 6) -> Tensor:
    """Many patches near each other and a few far out, as images have them."""
    generator = torch.Generator().manual_seed(seed)
    spread = torch.rand(count, 1, generator=generator) ** 4 * 10
    return torch.randn(count, width, generator=generator) * spread


@given(st.integers(0, 2**16), st.integers(1, 60), st.sampled_from([2, 7, 64]))
def test_it_chooses_the_centres_of_the_literal_algorithm(seed: int, count: int, frontier: int) -> None:
    features = clustered(seed)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(coreset, "FRONTIER", frontier)
        patch.setattr(coreset, "BLOCK", 33)
        chosen = greedy_coreset(points_of(features), count, 5, lambda more: None)
    expected = literal(features, count, 5)
    # Two patches may be equally far within rounding; then both orders are greedy, and the radius tells.
    assert chosen.tolist() == expected or radius(features, chosen) <= radius(features, torch.tensor(expected)) * 1.001


@given(st.integers(0, 2**16))
def test_bf16_leaves_no_patch_much_farther_away(seed: int) -> None:
    features = clustered(seed, width=24)
    chosen = greedy_coreset(points_of(features, torch.bfloat16), 40, 0, lambda more: None)
    assert len(set(chosen.tolist())) == 40
    assert radius(features, chosen) <= 1.1 * radius(features, torch.tensor(literal(features, 40, 0)))


@given(st.integers(0, 2**16))
def test_a_sample_first_leaves_no_patch_much_farther_away(seed: int) -> None:
    features = clustered(seed, count=1500)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(coreset, "MANY", 1000)
        chosen = greedy_coreset(points_of(features), 150, 7, lambda more: None)
    assert len(set(chosen.tolist())) == 150
    # The literal algorithm itself may lie at twice the smallest radius.
    assert radius(features, chosen) <= 1.3 * radius(features, torch.tensor(literal(features, 150, 7)))


def test_equal_patches_end_it_early() -> None:
    features = torch.cat([torch.zeros(20, 3), torch.ones(20, 3)])
    assert sorted(features[greedy_coreset(points_of(features), 10, 3, lambda more: None)][:, 0].tolist()) == [0, 1]


def test_it_tells_how_many_centres_are_new() -> None:
    told: list[int] = []
    greedy_coreset(points_of(clustered(1)), 50, 0, told.append)
    assert sum(told) == 49


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
def test_a_product_is_half_the_squared_distance(dtype: torch.dtype) -> None:
    one, other = torch.rand(30, 8), torch.rand(20, 8) + 1
    half = as_points(one, one.square().sum(1), dtype) @ as_centres(as_points(other, other.square().sum(1), dtype)).T
    exact = torch.cdist(one, other).square() / 2
    torch.testing.assert_close(half.float(), exact, atol=0.05 if dtype == torch.bfloat16 else 1e-4, rtol=0.02)
    assert torch.equal(smallest(half), half.float().amin(1))


def test_the_smallest_is_never_below_zero() -> None:
    half = torch.tensor([[-0.01, -0.5, 3.0], [0.0, 1.0, 2.0]])
    assert smallest(half.bfloat16()).tolist() == smallest(half).tolist() == [0, 0]


def test_the_projection_keeps_distances() -> None:
    torch.manual_seed(0)
    rows = torch.randn(400, 300) * torch.linspace(3, 0.1, 300)
    mean, axes = principal_axes(rows.split(50))
    torch.testing.assert_close(mean, rows.mean(0), atol=1e-5, rtol=1e-5)
    torch.testing.assert_close(axes.T @ axes, torch.eye(300), atol=1e-4, rtol=0)
    projected = (rows - mean) @ coreset_projection(axes, torch.Generator().manual_seed(0))
    assert projected.shape[1] == EXACT + RANDOM
    ratio = torch.pdist(projected) / torch.pdist(rows)
    assert 0.9 < ratio.min() < ratio.max() < 1.1


def test_few_dimensions_are_all_kept() -> None:
    _, axes = principal_axes([torch.randn(50, 20)])
    assert coreset_projection(axes, torch.Generator()).shape == (20, 20)
