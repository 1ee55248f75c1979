from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError
from torch import nn

from adfw import FitContext, Sample, TrainingError
from adfw_plugins.conv_autoencoder import ConvAutoencoderConfig

if TYPE_CHECKING:
    from collections.abc import Mapping


class Silent:
    def __init__(self) -> None:
        self.rows: list[Mapping[str, float]] = []

    def step(self, done: float, total: float, figures: Mapping[str, float]) -> None: ...

    def record(self, figures: Mapping[str, float]) -> None:
        self.rows.append(figures)

    def say(self, sentence: str) -> None: ...


def small(**fields: object) -> ConvAutoencoderConfig:
    training = {"epochs": 4, "batch_size": 4, "lr": 0.01, "validation_share": 0.2} | fields.pop("training", {})
    return ConvAutoencoderConfig(**({"channels": 4, "depth": 2, "training": training} | fields))


def samples(count: int = 9, channels: int = 1, height: int = 24, width: int = 20) -> list[Sample]:
    generator = torch.Generator().manual_seed(5)
    ramp = torch.linspace(0.2, 0.9, width).expand(channels, height, width)
    noise = torch.rand(count, channels, height, width, generator=generator) * 0.05
    return [Sample(f"{i:02}.png", ramp + noise[i], 0) for i in range(count)]


def fitted(
    config: ConvAutoencoderConfig, train: list[Sample] | None = None, **changes: object
) -> tuple[nn.Module, Silent]:
    model, progress = config.build(), Silent()
    given = {"device": "cpu", "precision": "fp32", "seed": 1, "progress": progress}
    model.fit(samples() if train is None else train, FitContext(**(given | changes)))
    return model, progress


def test_the_network_is_the_published_one() -> None:
    model = ConvAutoencoderConfig().build()
    convolutions = [m for m in model.modules() if isinstance(m, (nn.Conv2d, nn.ConvTranspose2d))]
    assert [(m.in_channels, m.out_channels) for m in convolutions] == [
        *[(1, 32), (32, 64), (64, 128)],
        *[(128, 64), (64, 32), (32, 1)],
    ]
    assert all(m.stride == (2, 2) and m.kernel_size == (3, 3) for m in convolutions)
    assert sum(isinstance(m, nn.BatchNorm2d) for m in model.modules()) == 5
    assert sum(isinstance(m, nn.ReLU) for m in model.modules()) == 5
    assert sum(isinstance(m, nn.Dropout2d) for m in model.encoder.modules()) == 3
    assert not any(isinstance(m, nn.Dropout2d) for m in model.decoder.modules())


def test_the_parameters_are_counted_by_hand() -> None:
    weights = 9 * (1 * 32 + 32 * 64 + 64 * 128) * 2
    batch_norm = 2 * (32 + 64 + 128 + 64 + 32)
    last_bias = 1
    assert sum(p.numel() for p in ConvAutoencoderConfig().build().parameters()) == weights + batch_norm + last_bias


def test_the_waist_is_an_eighth_of_the_image() -> None:
    model = ConvAutoencoderConfig().build().eval()
    assert model.encoder(torch.rand(1, 1, 64, 32)).shape == (1, 128, 8, 4)


def test_the_ablation_is_one_field() -> None:
    strided, pooled = (ConvAutoencoderConfig(downsample=way).build() for way in ("stride", "max_pool"))
    count = [sum(p.numel() for p in model.parameters()) for model in (strided, pooled)]
    assert count[0] == count[1]
    assert not any(isinstance(m, nn.MaxPool2d) for m in strided.modules())
    assert sum(isinstance(m, nn.MaxPool2d) for m in pooled.modules()) == 3
    assert all(m.stride == (1, 1) for m in pooled.modules() if isinstance(m, nn.Conv2d))


@given(
    height=st.integers(1, 32),
    width=st.integers(1, 32),
    channels=st.sampled_from([1, 3]),
    kernel=st.integers(2, 5),
    depth=st.integers(1, 3),
    downsample=st.sampled_from(["stride", "max_pool"]),
)
def test_images_of_any_size_come_back_in_their_size(
    *, height: int, width: int, channels: int, kernel: int, depth: int, downsample: str
) -> None:
    config = small(image_channels=channels, kernel=kernel, depth=depth, downsample=downsample)
    images = torch.rand(2, channels, height, width)
    (evidence,) = config.build().examine(images)
    assert evidence.observed is images or torch.equal(evidence.observed, images)
    assert evidence.expected.shape == images.shape
    assert evidence.expected.dtype == torch.float32
    assert 0 <= evidence.expected.min() <= evidence.expected.max() <= 1


@pytest.mark.parametrize(("bias", "level"), [(-9.0, 0.0), (0.0, 0.5), (9.0, 1.0)])
def test_the_last_layer_ends_in_a_sigmoid(bias: float, level: float) -> None:
    model = small().build()
    nn.init.zeros_(model.last.weight)
    nn.init.constant_(model.last.bias, bias)
    expected = model.examine(torch.rand(1, 1, 8, 8))[0].expected
    torch.testing.assert_close(expected, torch.full_like(expected, level), rtol=0, atol=2e-4)


@pytest.mark.parametrize("shape", [(2, 3, 8, 8), (1, 8, 8), (8, 8)])
def test_images_it_cannot_take_are_named(shape: tuple[int, ...]) -> None:
    with pytest.raises(ValueError, match=r"takes \(N, 1, H, W\) images.*model.image_channels"):
        small().build().examine(torch.rand(shape))


def test_fitting_reconstructs_better_and_leaves_eval_mode() -> None:
    model, progress = fitted(small(training={"epochs": 15}))
    assert progress.rows[-1]["train_loss"] < progress.rows[0]["train_loss"] / 4
    assert not model.training


@pytest.mark.parametrize("loss", ["ssim", "mse+ssim"])
@pytest.mark.parametrize("precision", ["fp32", "bf16"])
def test_every_loss_falls(loss: str, precision: str) -> None:
    _, progress = fitted(small(loss=loss), precision=precision)
    assert progress.rows[-1]["train_loss"] < progress.rows[0]["train_loss"]


def test_a_fresh_model_with_the_state_examines_alike() -> None:
    model, _ = fitted(small())
    fresh = small().build()
    fresh.load_state_dict(model.state_dict())
    images = torch.rand(3, 1, 24, 20)
    assert torch.equal(fresh.examine(images)[0].expected, model.examine(images)[0].expected)
    assert all(isinstance(value, torch.Tensor) for value in model.state_dict().values())


def test_images_of_a_batch_do_not_influence_each_other() -> None:
    model, _ = fitted(small())
    images = torch.rand(4, 1, 24, 20)
    whole = model.examine(images)[0].expected
    single = torch.cat([model.examine(image[None])[0].expected for image in images])
    torch.testing.assert_close(whole, single, rtol=0, atol=1e-6)


def test_the_seed_alone_decides_the_weights() -> None:
    one, _ = fitted(small())
    torch.rand(7)
    two, _ = fitted(small())
    other, _ = fitted(small(), seed=2)
    key = "encoder.0.0.weight"
    assert torch.equal(one.state_dict()[key], two.state_dict()[key])
    assert not torch.equal(one.state_dict()[key], other.state_dict()[key])


def test_fitting_again_begins_anew() -> None:
    model, _ = fitted(small())
    first = model.state_dict()["encoder.0.0.weight"].clone()
    model.fit(samples(), FitContext("cpu", "fp32", 1, Silent()))
    assert torch.equal(model.state_dict()["encoder.0.0.weight"], first)


@pytest.mark.parametrize(
    ("train", "message"),
    [
        (samples(channels=3), r"image_channels is 1, but 00.png has 3; make it agree with preprocessing.color"),
        (samples(height=4, width=3), r"images of 4 x 3 shrink to one pixel under model.depth 2"),
        ([], "holds no image"),
    ],
)
def test_images_it_cannot_learn_from_are_named(train: list[Sample], message: str) -> None:
    with pytest.raises(TrainingError, match=message):
        fitted(small(), train)


@pytest.mark.parametrize(
    "fields",
    [{"image_channels": 2}, {"downsample": "pool"}, {"dropout": 1.0}, {"loss": "l1"}, {"kernel": 1}, {"depht": 3}],
)
def test_fields_have_limits(fields: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        ConvAutoencoderConfig(**fields)


def test_the_configuration_needs_no_torch() -> None:
    code = (
        "import sys; from adfw_plugins.conv_autoencoder import ConvAutoencoderConfig as C; C();"
        "sys.exit(bool({'torch', 'numpy', 'scipy'} & set(sys.modules)))"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
