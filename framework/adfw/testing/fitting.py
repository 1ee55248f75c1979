"""A model under test: the images it is fitted on and shown, and the fitted model itself."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import torch

from adfw.errors import TrainingError
from adfw.interfaces import FitContext, Sample
from adfw.testing.pictures import generator

if TYPE_CHECKING:
    from collections.abc import Mapping

    from torch import Tensor

    from adfw.interfaces import Evidence, Model
    from adfw.testing.check import Subject

TRAIN = 12
SHAPES = ((1, 32, 40), (3, 32, 40), (1, 64, 80), (3, 64, 80), (3, 224, 224))
"""Images that are offered, the smallest first; a model refuses what it cannot take with TrainingError or ValueError."""


@dataclass
class Diary:
    """Keeps what a model tells of its progress."""

    steps: list[tuple[float, float]] = field(default_factory=list)
    rows: list[Mapping[str, float]] = field(default_factory=list)
    sentences: list[str] = field(default_factory=list)

    def step(self, done: float, total: float, figures: Mapping[str, float]) -> None:  # noqa: ARG002
        """Keep how far it is."""
        self.steps.append((done, total))

    def record(self, figures: Mapping[str, float]) -> None:
        """Keep a row of the training curves."""
        self.rows.append(dict(figures))

    def say(self, sentence: str) -> None:
        """Keep a sentence."""
        self.sentences.append(sentence)


@dataclass
class Fitted:
    """A fitted model, the samples it was fitted on and what it told meanwhile."""

    model: Model
    samples: list[Sample]
    before: list[Tensor]
    diary: Diary

    @property
    def shape(self) -> tuple[int, int, int]:
        """Return (C, H, W) of the images it takes."""
        channels, height, width = self.before[0].shape
        return channels, height, width


def parts(count: int, shape: tuple[int, int, int], seed: int) -> Tensor:
    """Return (N, C, H, W) images in [0, 1] of parts that look alike: a ramp with a soft spot and little noise."""
    source = generator(seed)
    channels, height, width = shape
    rows, columns = torch.linspace(0, 1, height)[:, None], torch.linspace(0, 1, width)
    ramp = 0.3 + 0.3 * rows * columns
    spot = 0.2 * torch.exp(-((rows - 0.5) ** 2 + (columns - 0.4) ** 2) * 30)
    noise = torch.rand((count, channels, height, width), generator=source)
    return (ramp + spot + 0.05 * noise).clamp(0, 1)


def train_samples(shape: tuple[int, int, int]) -> list[Sample]:
    """Return the normal samples a model is fitted on."""
    return [Sample(f"train/{number}.png", image, 0) for number, image in enumerate(parts(TRAIN, shape, 0))]


def fit(model: Model, samples: list[Sample], diary: Diary | None = None, seed: int = 0) -> Model:
    """Fit on the CPU in float32, and return the same model."""
    diary = Diary() if diary is None else diary
    model.fit(samples, FitContext(device="cpu", precision="fp32", seed=seed, progress=diary))
    return model


def fitted(subject: Subject) -> Fitted:
    """Return the model fitted once for all checks, on the smallest images that it takes."""
    if "fitted" not in subject.shared:
        subject.shared["fitted"] = _fit_smallest(subject)
    found: Fitted = subject.shared["fitted"]
    return found


def _fit_smallest(subject: Subject) -> Fitted:
    refusal: Exception | None = None
    for shape in SHAPES:
        samples, diary, model = train_samples(shape), Diary(), subject.build()
        before = [sample.image.clone() for sample in samples]
        try:
            fit(model, samples, diary)
            model.examine(parts(1, shape, 1))
        except (TrainingError, ValueError) as error:
            refusal = error
            continue
        return Fitted(model, samples, before, diary)
    assert refusal is not None
    raise refusal


def state(model: Any) -> dict[str, Tensor]:
    """Return a copy of the state."""
    return {name: tensor.detach().clone() for name, tensor in model.state_dict().items()}


def evidence_of(model: Model, images: Tensor) -> list[Evidence]:
    """Return the evidence of images, as a detector asks for it."""
    with torch.inference_mode():
        return list(model.examine(images))
