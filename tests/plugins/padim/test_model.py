"""PaDiM's Gaussians against NumPy's, place by place."""

from __future__ import annotations

import pytest
import torch

from adfw import FitContext, Model, Sample, TrainingError
from adfw_plugins.backbone.stacking import averaged, stacked
from adfw_plugins.padim import PadimConfig

LAYERS = ("features.3", "features.6")


class Silent:
    """A Progress that is told nothing of interest."""

    def step(self, done: float, total: float, figures: object) -> None: ...

    def record(self, figures: object) -> None: ...

    def say(self, sentence: str) -> None: ...


def samples(count: int = 20, side: int = 32) -> list[Sample]:
    generator = torch.Generator().manual_seed(3)
    return [Sample(f"{i}.png", torch.rand(3, side, side, generator=generator), 0) for i in range(count)]


def fitted(train: list[Sample], **fields: object) -> Model:
    model = PadimConfig(**{"weights": "random", "layers": LAYERS, "dimensions": 12, **fields}).build()
    model.fit(train, FitContext(device="cpu", precision="fp32", seed=0, progress=Silent()))
    return model


@pytest.fixture(scope="module")
def model() -> Model:
    return fitted(samples())


def distances(model: Model, images: torch.Tensor) -> torch.Tensor:
    (evidence,) = model.examine(images)
    return (evidence.observed - evidence.expected).norm(dim=1)


def test_the_norm_of_the_evidence_is_the_mahalanobis_distance(model: Model) -> None:
    def features(images: torch.Tensor) -> torch.Tensor:
        with torch.inference_mode():
            return stacked(model.extractor(images)).permute(0, 2, 3, 1)[..., model.kept].double()

    seen, images = features(torch.stack([s.image for s in samples()])), torch.rand(2, 3, 32, 32)
    covariances = torch.stack([torch.cov(place.T) for place in seen.flatten(1, 2).transpose(0, 1)])
    added = 0.01 * covariances.diagonal(dim1=1, dim2=2).mean()
    inverse = torch.linalg.inv(covariances + added * torch.eye(12))
    shift = (features(images) - seen.mean(0)).flatten(1, 2)
    expected = torch.einsum("npi,pij,npj->np", shift, inverse, shift).sqrt()
    torch.testing.assert_close(distances(model, images).flatten(1).double(), expected, rtol=1e-3, atol=1e-3)


def test_a_stride_keeps_every_second_gaussian_of_averaged_features() -> None:
    whole, every_second = fitted(samples(), patch=3), fitted(samples(), patch=3, stride=2, shrinkage=0.01)
    torch.testing.assert_close(every_second.mean, whole.mean[::2, ::2])
    assert every_second.whitening.shape == (*whole.mean[::2, ::2].shape, 12)
    images = torch.rand(2, 3, 32, 32)
    found, expected = distances(every_second, images), distances(whole, images)[:, ::2, ::2]
    torch.testing.assert_close(found, expected, rtol=0.1, atol=0.1)  # the shrinkage follows the mean variance
    with torch.inference_mode():
        features = averaged(every_second.extractor(torch.stack([s.image for s in samples()])), 3)
    torch.testing.assert_close(every_second.mean[0, 0], features[:, every_second.kept, 0, 0].mean(0))


def test_normal_images_are_at_the_distance_of_their_dimensions(model: Model) -> None:
    seen = torch.stack([sample.image for sample in samples()])
    assert distances(model, seen).square().mean() < 12 < distances(model, 1 - seen / 2).square().mean()


def test_places_hold_their_own_gaussians(model: Model) -> None:
    images = torch.stack([sample.image for sample in samples()[:2]])
    assert distances(model, images.flip(-1)).mean() > distances(model, images).mean()


def test_more_dimensions_than_images_are_kept_finite() -> None:
    assert distances(fitted(samples(3)), torch.rand(1, 3, 32, 32)).isfinite().all()


def test_more_dimensions_than_features_keep_all() -> None:
    assert len(fitted(samples(4), layers=("features.3",), dimensions=1000).kept) == 128


@pytest.mark.parametrize(
    ("train", "fields", "words"),
    [
        (samples(1), {}, "1 training images, but this model needs at least 2"),
        (samples(2, side=128), {"dimensions": 384, "memory_mb": 1}, "more than model.memory_mb 1; use fewer"),
        ([Sample(f"{i}.png", torch.full((3, 32, 32), 0.5), 0) for i in range(3)], {}, "all training images are equal"),
    ],
)
def test_what_cannot_be_fitted_is_refused(train: list[Sample], fields: dict[str, object], words: str) -> None:
    with pytest.raises(TrainingError, match=words):
        fitted(train, **fields)


def test_images_of_another_size_are_refused(model: Model) -> None:
    with pytest.raises(ValueError, match=r"knows \(7, 7\) places and cannot take an image of \(15, 15\)"):
        model.examine(torch.rand(1, 3, 64, 64))
