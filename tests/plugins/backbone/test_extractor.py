"""The feature extractor: layers by name, weights from everywhere, sentences for everything that can be wrong."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.error import URLError

import pytest
import torch
from safetensors.torch import save_file
from torch import Tensor, nn
from torchvision import models

from adfw import FitContext, RecipeError, Sample, TrainingError
from adfw_plugins.backbone import PretrainedFeatures
from adfw_plugins.backbone.extractor import IMAGENET_MEAN, IMAGENET_STD, FeatureExtractor
from adfw_plugins.backbone.network import receptive_field
from adfw_plugins.backbone.preparing import prepare

if TYPE_CHECKING:
    from pathlib import Path


class Heard:
    """A Progress that keeps what it is told."""

    def __init__(self) -> None:
        self.sentences: list[str] = []
        self.steps: list[tuple[float, float]] = []

    def step(self, done: float, total: float, figures: object) -> None:
        self.steps.append((done, total))

    def record(self, figures: object) -> None: ...

    def say(self, sentence: str) -> None:
        self.sentences.append(sentence)


def extractor(**choice: object) -> FeatureExtractor:
    return FeatureExtractor(PretrainedFeatures(**{"weights": "random", **choice}))  # type: ignore[arg-type]


def context(seed: int = 0) -> FitContext:
    return FitContext(device="cpu", precision="fp32", seed=seed, progress=Heard())


def samples(count: int = 2, side: int = 32, channels: int = 3) -> list[Sample]:
    return [Sample(f"{index}.png", torch.rand(channels, side, side), 0) for index in range(count)]


def tensors_of(made: FeatureExtractor) -> dict[str, Tensor]:
    return {key: value.contiguous() for key, value in made.network.state_dict().items()}


@pytest.fixture(scope="module")
def loaded() -> FeatureExtractor:
    made = extractor()
    made.load(seed=0)
    return made


def test_features_are_those_of_the_whole_network(loaded: FeatureExtractor) -> None:
    network = models.squeezenet1_1(weights=None).eval()
    state = {key.removeprefix("network."): value for key, value in loaded.state_dict().items()}
    network.load_state_dict(state, strict=False)
    images = torch.rand(2, 3, 64, 64)
    normalised = (images - torch.tensor(IMAGENET_MEAN).view(3, 1, 1)) / torch.tensor(IMAGENET_STD).view(3, 1, 1)
    with torch.inference_mode():
        shallow, deep = loaded(images)
        torch.testing.assert_close(shallow, network.features[:8](normalised), atol=1e-5, rtol=1e-4)
        torch.testing.assert_close(deep, network.features[:11](normalised), atol=1e-5, rtol=1e-4)


def test_images_of_a_batch_do_not_influence_each_other(loaded: FeatureExtractor) -> None:
    images = torch.rand(3, 3, 40, 56)
    with torch.inference_mode():
        together, alone = loaded(images), [loaded(image[None]) for image in images]
    for layer, features in enumerate(together):
        assert torch.equal(features, torch.cat([parts[layer] for parts in alone]))


def test_grey_images_count_as_colour(loaded: FeatureExtractor) -> None:
    grey = torch.rand(1, 1, 32, 32)
    with torch.inference_mode():
        assert torch.equal(loaded(grey)[0], loaded(grey.expand(-1, 3, -1, -1))[0])


def test_a_saved_state_needs_no_weights_file(loaded: FeatureExtractor, tmp_path: Path) -> None:
    fresh = extractor(weights=str(tmp_path / "gone.safetensors"))
    fresh.load_state_dict(loaded.state_dict())
    images = torch.rand(1, 3, 32, 32)
    with torch.inference_mode():
        assert torch.equal(fresh(images)[1], loaded(images)[1])
    assert torch.equal(fresh.weights_sha256, loaded.weights_sha256)


def test_weights_from_a_file_keep_their_digest(loaded: FeatureExtractor, tmp_path: Path) -> None:
    path = tmp_path / "with space é.safetensors"
    save_file({**tensors_of(loaded), "classifier.1.bias": torch.zeros(3)}, path)
    assert extractor(weights=str(path)).load(seed=5) == bytes(loaded.weights_sha256.tolist()).hex()


def test_random_weights_come_from_the_seed_and_leave_the_global_generator_alone() -> None:
    before = torch.random.get_rng_state()
    made = extractor()
    assert made.load(1) == made.load(1) != made.load(2)
    assert torch.equal(before, torch.random.get_rng_state())


def test_it_stays_frozen_and_in_eval_mode() -> None:
    network = nn.Sequential(extractor(backbone="resnet18", layers=("layer1",))).train()
    assert not any(module.training for module in network[0].modules())
    assert not any(parameter.requires_grad for parameter in network.parameters())


def test_bf16_features_are_near_and_float32(loaded: FeatureExtractor) -> None:
    reduced = extractor(features_in="bf16")
    reduced.load_state_dict(loaded.state_dict())
    images = torch.rand(1, 3, 64, 64)
    with torch.inference_mode():
        exact, near = loaded(images)[0], reduced(images)[0]
    assert near.dtype == torch.float32
    assert 0 < (near - exact).norm() / exact.norm() < 0.02


@pytest.mark.parametrize(
    ("choice", "words"),
    [
        ({"backbone": "squeezenet1_2"}, "no network 'squeezenet1_2'; allowed: .*did you mean 'squeezenet1_1'"),
        ({"layers": ("features.77",)}, r"model.layers: .*no layer 'features.77'; allowed: .*features.9, features.10"),
        (
            {"backbone": "resnet18", "layers": ("layer2", "layer3.0.konv1")},
            "'layer3.0.konv1'; .*did you mean 'layer3.0.conv1'",
        ),
    ],
)
def test_unknown_names_are_answered_with_the_known_ones(choice: dict[str, object], words: str) -> None:
    with pytest.raises(RecipeError, match=words):
        extractor(**choice)


def test_weights_of_another_architecture_name_the_first_mismatch(tmp_path: Path) -> None:
    state = tensors_of(extractor())
    state["features.3.expand3x3.weight"] = torch.zeros(64, 16, 1, 1)
    save_file(state, path := tmp_path / "w.safetensors")
    with pytest.raises(TrainingError, match=re.escape("features.3.expand3x3.weight should be (64, 16, 3, 3), but its")):
        extractor(weights=str(path)).load(0)
    with pytest.raises(TrainingError, match=r"conv1.weight should be \(64, 3, 7, 7\), but there is no such tensor"):
        extractor(backbone="resnet18", layers=("layer1",), weights=str(path)).load(0)


def test_weights_that_are_not_finite_are_refused(tmp_path: Path) -> None:
    state = tensors_of(extractor())
    state["features.0.bias"][3] = torch.nan
    save_file(state, path := tmp_path / "w.safetensors")
    with pytest.raises(TrainingError, match=r"holds NaN or infinity in features\.0\.bias"):
        extractor(weights=str(path)).load(0)


def test_files_that_are_missing_damaged_or_pickles_are_refused(tmp_path: Path) -> None:
    damaged = tmp_path / "damaged.safetensors"
    damaged.write_bytes(b"not tensors")
    for path, words in {
        tmp_path / "none.safetensors": "does not exist",
        damaged: "cannot be read",
        tmp_path / "w.pth": "no .safetensors file",
    }.items():
        with pytest.raises(TrainingError, match=words):
            extractor(weights=str(path)).load(0)


def test_a_download_that_fails_names_the_file_to_bring(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    def offline(*arguments: object, **options: object) -> None:
        raise URLError("no network")

    monkeypatch.setattr(torch.hub, "_hub_dir", str(tmp_path))
    monkeypatch.setattr(torch.hub, "download_url_to_file", offline)
    file = re.escape(str(tmp_path / "checkpoints" / "squeezenet1_1-b8a52dc0.pth"))
    with pytest.raises(TrainingError, match=rf"cannot be downloaded .*no network.*; bring that file to {file}, or set"):
        extractor(weights="imagenet").load(0)


@pytest.mark.parametrize(("layers", "side"), [(("features.0",), 3), (("features.7",), 63), (("features.10",), 143)])
def test_receptive_field_is_where_a_pixel_is_seen(layers: tuple[str, ...], side: int) -> None:
    assert receptive_field(extractor(layers=layers).network) == side


def test_receptive_field_bounds_what_reaches_the_centre() -> None:
    made = extractor(layers=("features.3",))
    made.load(0)
    images = torch.rand(1, 3, 64, 64, requires_grad=True)
    features = made(images)[0]
    features[0, :, features.shape[2] // 2, features.shape[3] // 2].sum().backward()
    assert images.grad is not None
    touched = images.grad[0].abs().sum((0, 1)).nonzero()
    assert int(touched.max() - touched.min()) + 1 <= receptive_field(made.network) == 15


def test_prepare_says_which_weights_and_where_images_are_small() -> None:
    told = context()
    assert prepare(extractor(), samples(), told) == [(256, 3, 3), (384, 1, 1)]
    weights, small = told.progress.sentences  # type: ignore[attr-defined]
    assert re.search("weights random, SHA-256 of the tensors [0-9a-f]{64}", weights)
    assert "32 x 32 pixels are smaller than the receptive field" in small
    assert "143 x 143" in small


@pytest.mark.parametrize(
    ("made", "images", "words"),
    [
        ({}, [], "0 training images, but this model needs at least 1"),
        ({}, samples(side=8), r"0.png: .* cannot take images of 8 x 8 pixels: .*; use larger images"),
        ({"layers": ("flatten",)}, samples(side=64), r"flatten returns \(1, 1000\), no map"),
    ],
)
def test_prepare_refuses_what_cannot_be_fitted(made: dict[str, object], images: list[Sample], words: str) -> None:
    with pytest.raises(TrainingError, match=words):
        prepare(extractor(**made), images, context())


def test_images_of_another_shape_are_refused(loaded: FeatureExtractor) -> None:
    with pytest.raises(ValueError, match=r"takes \(N, 1 or 3, H, W\) images"):
        loaded(torch.rand(2, 4, 32, 32))
