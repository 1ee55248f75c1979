from __future__ import annotations

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from adfw_plugins.conv_autoencoder.losses import LOSSES, mse, mse_ssim, ssim


def images(seed: int, side: int = 16) -> torch.Tensor:
    return torch.rand(2, 1, side, side, generator=torch.Generator().manual_seed(seed))


@pytest.mark.parametrize("name", sorted(LOSSES))
@given(seed=st.integers(0, 2**31), side=st.integers(1, 32))
def test_equal_images_lose_nothing_and_others_something(name: str, seed: int, side: int) -> None:
    one = images(seed, side)
    assert float(LOSSES[name](one, one)) == pytest.approx(0, abs=1e-5)
    assert float(LOSSES[name](1 - one, one)) > 0


def test_mse_is_the_mean_of_the_squares() -> None:
    assert float(mse(images(0), images(1))) == pytest.approx(float(((images(0) - images(1)) ** 2).mean()))


def test_ssim_agrees_with_the_formula_in_one_window() -> None:
    x, y = images(0, 8).double() * 0.05, images(1, 8).double()
    dims = (1, 2, 3)
    covariance = (x * y).mean(dims) - x.mean(dims) * y.mean(dims)
    luminance = (2 * x.mean(dims) * y.mean(dims) + 1e-4) / (x.mean(dims) ** 2 + y.mean(dims) ** 2 + 1e-4)
    structure = (2 * covariance + 9e-4) / (x.var(dims, correction=0) + y.var(dims, correction=0) + 9e-4)
    assert float(ssim(x, y)) == pytest.approx(float(1 - (luminance * structure).mean()))


def test_the_sum_is_the_sum() -> None:
    one, other = images(0), images(1)
    assert float(mse_ssim(one, other)) == pytest.approx(float(mse(one, other) + ssim(one, other)))


@pytest.mark.parametrize("name", sorted(LOSSES))
def test_the_gradient_points_towards_the_image(name: str) -> None:
    target = images(0)
    guess = (target * 0.5 + 0.25).requires_grad_()
    before = LOSSES[name](guess, target)
    before.backward()
    assert float(LOSSES[name]((guess - 0.5 * guess.grad).detach(), target)) < before.item()


@pytest.mark.parametrize("name", sorted(LOSSES))
def test_losses_stay_float32_under_bf16(name: str) -> None:
    with torch.autocast("cpu", torch.bfloat16):
        assert LOSSES[name](images(0), images(1)).dtype == torch.float32
