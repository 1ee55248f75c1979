"""Small packages and an empty registry."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from adfw.manifest import write_manifest
from adfw.registry import Registry

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

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
