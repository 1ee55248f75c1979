"""Sweeps of tiny runs, done in this process by an executor that keeps what it was asked."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import pytest

from adfw import Component, Executor, perform

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from adfw import Task, TaskResult

TINY = """
dataset: {name: capsules, size: 32, train: 4, calibration: 4, normal: 3, defects: 1}
preprocessing: {size: 32, color: grey}
model: {name: conv_autoencoder, depth: 1, channels: 2, training: {epochs: 1}}
scorers: [{name: mse}]
thresholds: [{name: percentile}]
costs: {false_negative: 100, false_positive: 1, prevalence: 0.01}
"""
asked: list[str] = []


class Here(Executor):
    def execute(self, tasks: Sequence[Task], *, fresh: bool = True) -> Iterator[TaskResult]:
        asked[:] = [task.key for task in tasks]
        return map(perform, reversed(tasks))


class HereConfig(Component[Executor]):
    name: Literal["here"] = "here"

    def build(self) -> Executor:
        return Here()


@pytest.fixture
def here() -> HereConfig:
    return HereConfig()


@pytest.fixture
def keys() -> list[str]:
    """The tasks of the last call."""
    return asked


@pytest.fixture
def recipe(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "tiny.yaml").write_text(TINY, encoding="utf-8")
    return tmp_path / "tiny.yaml"
