"""A small catalog with a field of every type that recipes hold."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import pytest
from pydantic import BaseModel, ConfigDict, Field, model_validator

from adfw import Catalog, Component, Dataset, Model, Scorer, Threshold, hookimpl
from adfw.catalog import Source


class PartsConfig(Component[Dataset]):
    """Photographs of parts."""

    name: Literal["parts"] = "parts"
    root: Path
    category: str = "screw"
    calibration: float = Field(0.2, gt=0, lt=1, description="share of the normal images")

    def build(self):
        raise AssertionError("reading a recipe builds nothing")


class Training(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    epochs: int = Field(100, ge=1)
    lr: float = Field(1e-3, gt=0)
    shuffle: bool = True


class NetConfig(Component[Model]):
    """A network."""

    name: Literal["net"] = "net"
    downsample: Literal["stride", "max_pool"] = "stride"
    kernel: Literal[3, 5] = 3
    dropout: float = Field(0.1, ge=0, lt=1)
    training: Training = Training()

    @model_validator(mode="after")
    def _enough(self):
        if self.dropout > 0.8 and self.training.epochs < 10:
            raise ValueError("dropout above 0.8 needs 10 epochs or more; raise training.epochs")
        return self

    def build(self):
        raise AssertionError("reading a recipe builds nothing")


class PixelConfig(Component[Scorer]):
    """Differences of pixels."""

    name: Literal["pixel"] = "pixel"
    pooling: Literal["mean", "max"] = "mean"

    def build(self):
        raise AssertionError("reading a recipe builds nothing")


class EdgeConfig(Component[Scorer]):
    """Differences of edges."""

    name: Literal["edge"] = "edge"
    sigma: float | tuple[float, float] = 1.0
    weights: dict[str, float] = {}  # noqa: RUF012 - pydantic copies it

    def build(self):
        raise AssertionError("reading a recipe builds nothing")


class QuantileConfig(Component[Threshold]):
    """A quantile of the normal scores."""

    name: Literal["quantile"] = "quantile"
    q: Annotated[float, Field(gt=0, lt=1, description="share of normal images that pass")]

    def build(self):
        raise AssertionError("reading a recipe builds nothing")


class Toys:
    @staticmethod
    @hookimpl
    def adfw_datasets():
        return [PartsConfig]

    @staticmethod
    @hookimpl
    def adfw_models():
        return [NetConfig]

    @staticmethod
    @hookimpl
    def adfw_scorers():
        return [PixelConfig, EdgeConfig]

    @staticmethod
    @hookimpl
    def adfw_thresholds():
        return [QuantileConfig]


@pytest.fixture
def catalog() -> Catalog:
    return Catalog.of((Source("toys", "toys", "1.0"), Toys))


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty current directory, so that messages name short paths."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


GOOD = """\
seed: 3
dataset:
  name: parts
  root: data
preprocessing: {size: 64, color: grey}
model:
  name: net
  downsample: max_pool
  training:
    lr: 1e-3
scorers:
  - {name: pixel}
  - {name: edge, sigma: [1, 2]}
thresholds:
  - {name: quantile, q: 0.95}
"""


@pytest.fixture
def good(folder: Path) -> Path:
    (folder / "x.yaml").write_text(GOOD, encoding="utf-8")
    return Path("x.yaml")
