"""Toy components, one of each kind, from which the core is tested without any plugin."""

from __future__ import annotations

from types import SimpleNamespace
from typing import TYPE_CHECKING, Literal

import pytest
import torch
from torch import Tensor, nn

from adfw import Catalog, Component, Cut, Dataset, Evidence, FitContext, Model, Sample, Scorer, Threshold, hookimpl
from adfw.catalog import Source

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from adfw.interfaces import SplitName

SIDE = 16


class Plates(Dataset):
    """Grey plates with a little noise; anomalous ones have a bright square, known to the pixel."""

    def __init__(self, anomalous: int, notice: str) -> None:
        self.notice, self.anomalous = notice, anomalous

    def split(self, name: SplitName) -> Sequence[Sample]:
        counts = {"train": (8, 0), "calibration": (6, 0), "test": (6, self.anomalous)}[name]
        return [plate(name, index, label) for label, count in enumerate(counts) for index in range(count)]


def plate(split: str, index: int, label: int) -> Sample:
    generator = torch.Generator().manual_seed(hash_of(f"{split}/{label}/{index}"))
    image = 0.5 + 0.02 * torch.rand((1, SIDE, SIDE), generator=generator)
    mask = torch.zeros((SIDE, SIDE), dtype=torch.bool)
    if label:
        mask[4:8, 4:8] = True
        image[:, mask] += 0.3 + 0.01 * index
    image = image.mul(255).round().div(255)
    return Sample(
        f"{split}/{'dent' if label else 'good'}/{index}.png",
        image,
        label,
        "dent" if label else "",
        mask if label else None,
    )


def hash_of(text: str) -> int:
    return sum(ord(letter) * 31**place for place, letter in enumerate(text)) % 2**31


class PlatesConfig(Component[Dataset]):
    """Grey plates."""

    name: Literal["plates"] = "plates"
    anomalous: int = 5
    notice: str = ""

    def build(self) -> Dataset:
        return Plates(self.anomalous, self.notice)


class MeanImage(Model, nn.Module):
    """Expects the mean of the training images."""

    def __init__(self) -> None:
        super().__init__()
        self.register_buffer("mean", torch.empty(0))

    def fit(self, train: Sequence[Sample], context: FitContext) -> None:
        self.mean = torch.stack([sample.image for sample in train]).mean(0)
        context.progress.record({"epoch": 1.0, "train_loss": 0.5})
        self.to(context.device).eval()

    def examine(self, images: Tensor) -> tuple[Evidence, ...]:
        return (Evidence(images, self.mean.expand_as(images)),)


class MeanImageConfig(Component[Model]):
    """Expects the mean of the training images."""

    name: Literal["mean_image"] = "mean_image"

    def build(self) -> Model:
        return MeanImage()


class Absolute(Scorer):
    """Takes the largest absolute difference, or its mean."""

    def __init__(self, pooling: str) -> None:
        self.pooling = pooling

    def maps(self, evidence: Sequence[Evidence], size: tuple[int, int]) -> Tensor:
        return (evidence[0].observed - evidence[0].expected).abs().amax(1)

    def score(self, maps: Tensor) -> Tensor:
        return maps.amax((1, 2)) if self.pooling == "max" else maps.mean((1, 2))


class AbsoluteConfig(Component[Scorer]):
    """The absolute difference."""

    name: Literal["absolute"] = "absolute"
    pooling: Literal["max", "mean"] = "max"

    def build(self) -> Scorer:
        return Absolute(self.pooling)


class Maximum(Threshold):
    """Cuts just above the largest normal score."""

    needs = "normal_scores"

    def fit(self, scores, labels):
        normal = scores[labels == 0]
        return Cut(float(normal.max()) * 1.5, n_normal=len(normal), promise="none")


class MaximumConfig(Component[Threshold]):
    """Half above the largest normal score."""

    name: Literal["maximum"] = "maximum"

    def build(self) -> Threshold:
        return Maximum()


def plugin(**returned: Iterable[object]) -> object:
    """Return an object with the hooks given by name, e.g. `plugin(adfw_models=[MeanImageConfig])`."""

    def hook(name: str, value: Iterable[object]) -> Callable[[], Iterable[object]]:
        def function() -> Iterable[object]:
            return value

        function.__name__ = name
        return hookimpl(function)

    return SimpleNamespace(**{name: hook(name, value) for name, value in returned.items()})


@pytest.fixture(scope="session")
def toys() -> Catalog:
    """A catalog of one toy component of each kind."""
    hooks = plugin(
        adfw_datasets=[PlatesConfig],
        adfw_models=[MeanImageConfig],
        adfw_scorers=[AbsoluteConfig],
        adfw_thresholds=[MaximumConfig],
    )
    return Catalog.of((Source("toys", "adfw-toys", "1.2.3"), hooks))


@pytest.fixture
def toy_recipe() -> dict[str, object]:
    """A recipe of toys, as a mapping."""
    return {
        "name": "plates",
        "dataset": {"name": "plates"},
        "preprocessing": {"size": SIDE, "color": "grey"},
        "model": {"name": "mean_image"},
        "scorers": [{"name": "absolute"}, {"name": "absolute", "pooling": "mean"}],
        "thresholds": [{"name": "maximum"}],
    }
