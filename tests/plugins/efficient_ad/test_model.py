"""EfficientAD: where its teacher comes from, how its maps are scaled, which images it sets aside."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import torch
from safetensors.torch import save_file

from adfw import FitContext, Sample, TrainingError, TrainingSettings
from adfw_plugins.efficient_ad import EfficientAdConfig
from adfw_plugins.efficient_ad.augmentation import shifted_colours, varied
from adfw_plugins.efficient_ad.distilling import Distilling, at_places, isometry
from adfw_plugins.efficient_ad.model import _parts, _quantile_scale
from adfw_plugins.efficient_ad.networks import patch_description, places
from adfw_plugins.efficient_ad.textures import textures, textures_beside
from adfw_plugins.efficient_ad.windows import STRIDE, WIDEST, Window

if TYPE_CHECKING:
    from pathlib import Path

QUICK = TrainingSettings(epochs=1, batch_size=2)
SMALL = {"weights": "random", "layers": ("features.3",), "channels": 8, "features": 8, "training": QUICK}


class Silent:
    """A Progress that is told nothing of interest."""

    def step(self, done: float, total: float, figures: object) -> None: ...

    def record(self, figures: object) -> None: ...

    def say(self, sentence: str) -> None: ...


def context() -> FitContext:
    return FitContext(device="cpu", precision="fp32", seed=0, progress=Silent())


def samples(count: int = 4, side: int = 64) -> list[Sample]:
    return [Sample(f"{i}.png", torch.rand(3, side, side), 0) for i in range(count)]


def test_a_teacher_from_a_file_is_taken_as_it_is(tmp_path: Path) -> None:
    teacher = patch_description(8, 8)
    save_file(
        {key: value.contiguous() for key, value in teacher.state_dict().items()}, path := tmp_path / "t.safetensors"
    )
    model = EfficientAdConfig(**SMALL, teacher=str(path)).build()
    model.fit(samples(), context())
    for key, value in teacher.state_dict().items():
        assert torch.equal(model.teacher.state_dict()[key], value)


def test_a_teacher_of_another_width_is_refused(tmp_path: Path) -> None:
    state = patch_description(16, 8).state_dict()
    save_file({key: value.contiguous() for key, value in state.items()}, path := tmp_path / "t.safetensors")
    with pytest.raises(TrainingError, match=r"model.teacher: .* 0.weight should be \(8, 3, 4, 4\), but its shape is"):
        EfficientAdConfig(**SMALL, teacher=str(path)).build().fit(samples(), context())


@pytest.mark.parametrize(
    ("train", "words"),
    [(samples(2), "2 training images, but efficient_ad needs at least 3"), (samples(4, 32), "takes images of 64 x 64")],
)
def test_what_cannot_be_fitted_is_refused(train: list[Sample], words: str) -> None:
    with pytest.raises(TrainingError, match=words):
        EfficientAdConfig(**SMALL).build().fit(train, context())


@pytest.mark.parametrize(("count", "held_out"), [(3, [2]), (10, [9]), (25, [9, 19])])
def test_every_tenth_image_is_set_aside(count: int, held_out: list[int]) -> None:
    every = [Sample(str(i), torch.zeros(1), 0) for i in range(count)]
    seen, aside = _parts(every)
    assert [sample.id for sample in aside] == [str(i) for i in held_out]
    assert {sample.id for sample in seen} == {str(i) for i in range(count)} - {str(i) for i in held_out}


def test_scaled_maps_of_normal_images_span_a_tenth_between_their_quantiles() -> None:
    values = torch.rand(10_000) ** 3 * 7
    scaled = values * _quantile_scale(values) ** 2
    low, high = torch.quantile(scaled, torch.tensor([0.9, 0.995]))
    assert float(high - low) == pytest.approx(0.1, rel=0.02)


def test_constant_maps_are_refused() -> None:
    with pytest.raises(TrainingError, match="maps of the held-out normal images are constant"):
        _quantile_scale(torch.ones(100))


def test_features_stand_at_the_places_that_the_network_sees() -> None:
    ramp = torch.linspace(0, 1, 64).expand(1, 1, 64, 64)
    places = at_places(ramp, torch.zeros(1, 3, 256, 256), torch.zeros(1, 1, 56, 56))
    assert places.shape == (1, 1, 56, 56)
    torch.testing.assert_close(places, ramp[..., 4:60, 4:60])


def test_the_backbone_sees_images_larger_than_the_teacher() -> None:
    images = torch.rand(1, 3, 64, 64)
    twice, once = (Distilling(EfficientAdConfig(**SMALL, enlarged=by), patch_description(8, 8), "cpu") for by in (2, 1))
    once.extractor.load_state_dict(twice.extractor.state_dict())
    larger = torch.nn.functional.interpolate(images, size=(128, 128), mode="bilinear", align_corners=False)
    torch.testing.assert_close(twice._described(images), once._described(larger))
    assert twice._described(images).shape[-1] > once._described(images).shape[-1]


@pytest.mark.parametrize(("channels", "features"), [(5, 12), (12, 12), (12, 5)])
def test_the_backbones_channels_are_turned_not_stretched(channels: int, features: int) -> None:
    turned = isometry(channels, features, seed=1)
    assert turned.shape == (channels, features)
    narrow = turned if features <= channels else turned.T
    torch.testing.assert_close(narrow.T @ narrow, torch.eye(min(channels, features)), rtol=0, atol=1e-5)
    assert torch.equal(turned, isometry(channels, features, seed=1))
    assert not torch.allclose(turned, isometry(channels, features, seed=2))


def test_the_autoencoder_learns_in_its_share_of_the_steps() -> None:
    model = EfficientAdConfig(**SMALL, coding=0.3).build()
    images, steps = torch.rand(1, 3, 64, 64), 60

    def learns() -> bool:
        model.zero_grad(set_to_none=True)
        model._loss(images).backward()
        assert all(one.grad is not None for one in model.student.parameters())
        return all(one.grad is not None for one in model.autoencoder.parameters())

    assert learns()  # where it is not trained, the loss is the whole one
    model.student.train()
    torch.manual_seed(0)
    assert 0.15 < sum(learns() for _ in range(steps)) / steps < 0.45


def test_augmented_images_stay_images() -> None:
    images = torch.rand(3, 3, 40, 50)
    for changed in (shifted_colours(images), varied(images)):
        assert changed.shape == images.shape
        assert 0 <= changed.min() <= changed.max() <= 1
        assert not torch.equal(changed, images)


def test_textures_are_images_that_differ() -> None:
    torch.manual_seed(3)
    drawn = textures(4, 48)
    assert drawn.shape == (4, 3, 48, 48)
    assert 0 <= drawn.min() <= drawn.max() <= 1
    spread = drawn.std((1, 2, 3))
    assert (spread > 0.02).all()
    assert len({round(float(one), 6) for one in spread}) == 4
    torch.manual_seed(3)
    assert torch.equal(textures(4, 48), drawn)


def test_a_student_in_training_pays_for_answering_to_textures() -> None:
    images = torch.rand(2, 3, 64, 64)
    free, paying = (EfficientAdConfig(**SMALL, penalty=penalty).build() for penalty in (0, 2))
    paying.load_state_dict(free.state_dict())

    def loss(model: torch.nn.Module) -> float:
        torch.manual_seed(1)
        return float(model._loss(images).detach())

    assert loss(paying) == loss(free)  # so that validation losses tell how well the normal is learnt
    free.student.train()
    paying.student.train()
    dearer, cheaper = loss(paying), loss(free)
    answers = paying.student(paying._normalise(textures_beside(images)))[:, :8].square().mean().detach()
    assert dearer - cheaper == pytest.approx(2 * float(answers), rel=1e-3)


@pytest.mark.parametrize("side", [64, 65, 66, 67, 101, 256, 258])
def test_the_places_of_the_networks_are_counted_as_they_are(side: int) -> None:
    described = patch_description(8, 8)(torch.rand(1, 3, side, 80))
    assert tuple(described.shape[-2:]) == (places(side), places(80))


def test_a_window_is_drawn_at_any_place_of_the_networks() -> None:
    images = torch.rand(2, 3, WIDEST + 8, 100)
    drawn = {Window.drawn(images) for _ in range(60)}
    assert {(window.top, window.left) for window in drawn} == {(0, 0), (4, 0), (8, 0)}
    assert {(window.height, window.width) for window in drawn} == {(WIDEST, 100)}
    assert torch.equal(Window(4, 0, WIDEST, 100).cut(images), images[..., 4 : 4 + WIDEST, :])
    assert torch.equal(Window.whole(images).cut(images), images)


def test_in_a_window_student_and_autoencoder_see_what_they_see_in_the_whole_image() -> None:
    model, images = EfficientAdConfig(**SMALL).build(), torch.rand(1, 3, 120, 104)
    normalised, window = model._normalise(images), Window(16, 20, 80, 72)
    with torch.inference_mode():
        student, part = model.student(normalised), model.student(window.cut(normalised))
        coded, code = model._code(normalised, Window.whole(normalised)), model._code(normalised, window)
    rows, columns = (slice(start // STRIDE, start // STRIDE + places(side)) for start, side in ((16, 80), (20, 72)))
    torch.testing.assert_close(part, student[..., rows, columns], rtol=1e-4, atol=1e-5)
    assert torch.equal(code, coded[..., rows, columns])
    assert code.shape[-2:] == part.shape[-2:]
