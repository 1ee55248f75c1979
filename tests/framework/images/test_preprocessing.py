from __future__ import annotations

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from adfw import DatasetError, Preprocessing
from adfw.images.preprocessing import on_8_bit_grid

SIZES = st.tuples(st.integers(1, 24), st.integers(1, 24))


def drawn(seed: int, channels: int, size: tuple[int, int], levels: int = 255) -> torch.Tensor:
    generator = torch.Generator().manual_seed(seed)
    return torch.randint(0, levels + 1, (channels, *size), generator=generator).float() / levels


@given(channels=st.sampled_from([1, 3]), size=SIZES, target=SIZES, color=st.sampled_from(["grey", "rgb"]),
       levels=st.sampled_from([255, 65_535]))  # fmt: skip
def test_what_comes_out_has_the_shape_and_lies_on_the_grid(channels, size, target, color, levels) -> None:
    image = drawn(sum(size), channels, size, levels)
    preprocessing = Preprocessing(size=target, color=color)
    done = preprocessing.apply(image)
    assert done.shape == preprocessing.shape == (1 if color == "grey" else 3, *target)
    assert done.dtype == torch.float32
    assert 0 <= done.min() <= done.max() <= 1
    grid = 255 if on_8_bit_grid(image) else 65_535
    assert torch.equal(done, (done * grid).round() / grid)


@given(seed=st.integers(0, 99), size=SIZES, levels=st.sampled_from([255, 65_535]))
def test_equal_size_and_colour_change_nothing_at_all(seed, size, levels) -> None:
    for channels, color in ((1, "grey"), (3, "rgb")):
        image = drawn(seed, channels, size, levels)
        assert torch.equal(Preprocessing(size=size, color=color).apply(image), image)


@given(seed=st.integers(0, 99), size=SIZES, target=SIZES)
def test_applying_twice_is_applying_once(seed, size, target) -> None:
    once = Preprocessing(size=target, color="grey").apply(drawn(seed, 3, size))
    assert torch.equal(Preprocessing(size=target, color="grey").apply(once), once)


@given(seed=st.integers(0, 99), value=st.integers(0, 255), size=SIZES, target=SIZES)
def test_a_plain_image_stays_plain_and_grey_stays_itself(seed, value, size, target) -> None:
    image = torch.full((3, *size), value / 255)
    assert (Preprocessing(size=target, color="grey").apply(image) == value / 255).all()
    grey = drawn(seed, 1, size)
    coloured = Preprocessing(size=size, color="rgb").apply(grey)
    assert torch.equal(Preprocessing(size=size, color="grey").apply(coloured), grey)


def test_grey_is_the_luminance_of_itu_r_601() -> None:
    pure = torch.eye(3)[:, :, None]
    grey = Preprocessing(size=(3, 1), color="grey").apply(pure)
    assert grey.mul(255).flatten().tolist() == pytest.approx([76, 150, 29])


def test_shrinking_is_antialiased() -> None:
    one_line_in_eight = torch.tensor([0.0, 0, 0, 1, 0, 0, 0, 0]).repeat(8).expand(1, 64, 64)
    shrunk = Preprocessing(size=8, color="grey").apply(one_line_in_eight)
    assert shrunk.min() > 0.06
    assert shrunk.max() < 0.2


def test_a_16_bit_ramp_keeps_more_than_1000_levels_when_resized() -> None:
    ramp = torch.linspace(0, 1, 4096).mul(65_535).round().div(65_535).expand(1, 4, 4096)
    done = Preprocessing(size=(2, 2048), color="grey").apply(ramp)
    assert len(done.unique()) > 1000


@pytest.mark.parametrize("bits", [10, 12, 14])
def test_bit_depth_stretches_sensor_values_to_the_whole_range(bits: int) -> None:
    top = 2**bits - 1
    sensor = torch.arange(top + 1).float()[None, None] / 65_535
    done = Preprocessing(size=(1, top + 1), color="grey", bit_depth=bits).apply(sensor)
    assert done.min() == 0
    assert done.max() == 1
    assert len(done.unique()) == top + 1
    assert torch.allclose(done[0, 0], torch.arange(top + 1) / top, atol=1 / 65_535)


def test_values_above_bit_depth_are_an_error_with_the_depth_they_need() -> None:
    image = torch.tensor([[[0.0, 5000 / 65_535]]])
    with pytest.raises(DatasetError, match=r"a sample of 5000 is above the 4095 .* set bit_depth to 13 or more"):
        Preprocessing(size=(1, 2), color="grey", bit_depth=12).apply(image)


def test_bit_depth_on_an_8_bit_image_is_an_error() -> None:
    with pytest.raises(DatasetError, match=r"an 8-bit image, but preprocessing\.bit_depth is 12; remove bit_depth"):
        Preprocessing(size=4, color="grey", bit_depth=12).apply(drawn(0, 1, (4, 4)))


@pytest.mark.parametrize("value", [-0.1, 1.001, float("nan"), float("inf")])
def test_values_outside_0_and_1_are_an_error_and_not_clamped(value: float) -> None:
    image = torch.zeros(1, 4, 4)
    image[0, 1, 2] = value
    with pytest.raises(DatasetError, match=r"they belong in \[0, 1\]"):
        Preprocessing(size=4, color="grey").apply(image)


@pytest.mark.parametrize("channels", [2, 4])
def test_other_numbers_of_channels_are_an_error(channels: int) -> None:
    with pytest.raises(DatasetError, match=f"an image of {channels} channels; allowed: 1 .grey. or 3 .RGB."):
        Preprocessing(size=4).apply(torch.zeros(channels, 4, 4))


@pytest.mark.parametrize("wrong", [{"size": 0}, {"size": [4]}, {"size": "big"}, {"color": "gray"}, {"bit_depth": 8},
                                   {"bit_depth": 16}, {"normalise": True}])  # fmt: skip
def test_nonsense_is_refused_when_the_recipe_is_read(wrong) -> None:
    with pytest.raises(ValidationError):
        Preprocessing(**wrong)


def test_it_is_a_frozen_value_that_survives_json() -> None:
    one = Preprocessing(size=(3, 4), color="grey", bit_depth=12)
    assert Preprocessing.model_validate_json(one.model_dump_json()) == one
    with pytest.raises(ValidationError):
        one.size = 5  # type: ignore[misc]
