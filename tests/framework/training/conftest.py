"""A network small enough to be trained in a tenth of a second, and something to look at it with."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import pytest
import torch
from torch import nn
from torch.nn import functional as F

from adfw import FitContext, Sample, TrainingSettings, train

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path


@dataclass
class Journal:
    """A Progress that remembers; `after` is called with the number of epochs recorded."""

    rows: list[dict[str, float]] = field(default_factory=list)
    steps: list[tuple[float, float, dict[str, float]]] = field(default_factory=list)
    said: list[str] = field(default_factory=list)
    after: Callable[[int], None] = lambda epochs: None

    def step(self, done: float, total: float, figures: Mapping[str, float]) -> None:
        self.steps.append((done, total, dict(figures)))

    def record(self, figures: Mapping[str, float]) -> None:
        self.rows.append(dict(figures))
        self.after(len(self.rows))

    def say(self, sentence: str) -> None:
        self.said.append(sentence)

    def curve(self, key: str) -> list[float]:
        return [row[key] for row in self.rows]


class Small(nn.Module):
    """Batch normalisation and dropout, whose state and draws a resumed training has to get right."""

    def __init__(self) -> None:
        super().__init__()
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(0)
            self.layers = nn.Sequential(
                nn.Conv2d(1, 4, 3, padding=1),
                nn.BatchNorm2d(4),
                nn.ReLU(),
                nn.Dropout(0.2),
                nn.Conv2d(4, 1, 3, padding=1),
            )

    def loss(self, images: torch.Tensor) -> torch.Tensor:
        return F.mse_loss(self.layers(images).float(), images)


@dataclass
class Training:
    """One training with its settings; `run` starts it, in a fresh network, or one given."""

    samples: list[Sample]
    settings: TrainingSettings
    folder: Path

    def context(self, journal: Journal, **changes: object) -> FitContext:
        given = {"device": "cpu", "precision": "fp32", "seed": 7, "progress": journal, "checkpoint": self.folder}
        return FitContext(**(given | changes))

    def tuned(self, **changes: object) -> Training:
        """Return the same training with other settings."""
        return replace(self, settings=self.settings.model_copy(update=changes))

    def run(self, journal: Journal | None = None, **changes: object) -> Small:
        network = Small()
        train(network, network.loss, self.samples, self.settings, self.context(journal or Journal(), **changes))
        return network


def draw(count: int, side: int = 8) -> list[Sample]:
    generator = torch.Generator().manual_seed(3)
    ramp = torch.linspace(0.2, 0.8, side).expand(1, side, side)
    noise = torch.rand(count, 1, side, side, generator=generator) * 0.1
    return [Sample(f"train/good/{i:03}.png", ramp + noise[i], 0) for i in range(count)]


@pytest.fixture
def training(tmp_path: Path) -> Training:
    settings = TrainingSettings(epochs=6, batch_size=4, lr=0.01, patience=1, min_lr=1e-4, validation_share=0.2)
    return Training(draw(11), settings, tmp_path / "state")


@pytest.fixture
def journal() -> Journal:
    return Journal()
