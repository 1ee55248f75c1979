"""Small packages and an empty registry."""

from __future__ import annotations

import json
import shutil
from typing import TYPE_CHECKING

import pytest

from adfw import read_detector
from adfw.line import Run, run
from adfw.manifest import write_manifest
from adfw.registry import Registry
from adfw.registry.golden import FILE, FOLDER, write_golden

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from adfw import Catalog

    MakePackage = Callable[[str], Path]


@pytest.fixture
def registry(tmp_path: Path) -> Registry:
    return Registry(tmp_path / "home" / "registry")


@pytest.fixture
def make_package(tmp_path: Path) -> MakePackage:
    """Return a function that writes a package whose content depends on the given text."""

    def make(content: str) -> Path:
        folder = tmp_path / "packages" / content
        (folder / "golden").mkdir(parents=True)
        (folder / "model.safetensors").write_bytes(content.encode() * 50)
        (folder / "golden" / "0.png").write_bytes(b"\x89PNG")
        figures = {"scorer": "mse", "strategy": "fixed", "auroc": {"value": 0.9, "low": 0.8, "high": 0.95}}
        (folder / "metrics.json").write_text(json.dumps({"summary": figures}))
        write_manifest(folder)
        return folder

    return make


@pytest.fixture(scope="session")
def run_of_toys(toys: Catalog, tmp_path_factory: pytest.TempPathFactory) -> Run:
    recipe = {
        "name": "plates",
        "dataset": {"name": "plates"},
        "preprocessing": {"size": 16, "color": "grey"},
        "model": {"name": "mean_image"},
        "scorers": [{"name": "absolute"}, {"name": "absolute", "pooling": "mean"}],
        "thresholds": [{"name": "maximum"}],
    }
    done = run(recipe, out=tmp_path_factory.mktemp("toys") / "run", catalog=toys)
    if not (done.folder / FOLDER / FILE).is_file():
        samples = toys.find("dataset", "plates").config().build().split("test")
        detector = read_detector(done.folder / "detector", catalog=toys)
        write_golden(detector, samples, done.table.of_split("test"), done.folder / FOLDER)
    return done


@pytest.fixture
def finished(run_of_toys: Run, tmp_path: Path) -> Run:
    """A finished run of toys with golden images, to be changed at will."""
    shutil.copytree(run_of_toys.folder, tmp_path / "run")
    return Run(tmp_path / "run", run_of_toys.document)
