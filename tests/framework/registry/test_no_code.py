"""Loading a package runs nothing that lies in it, asks no network and starts no process, whatever it holds."""

from __future__ import annotations

import json
import pickle
import shutil
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from adfw import Catalog, Detector, Preprocessing, save_detector
from adfw.manifest import write_manifest

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

LOAD = """
import sys
import torch
import adfw
from adfw import Catalog, load_detector
catalog, folders = Catalog.discover(), sys.argv[1:]
seen = []
FORBIDDEN = {"pickle.find_class", "socket.connect", "socket.getaddrinfo", "subprocess.Popen", "os.system", "os.exec"}
def watch(event, arguments):
    if event in FORBIDDEN:
        seen.append(event)
    if event == "exec" and any(folder in getattr(arguments[0], "co_filename", "") for folder in folders):
        seen.append(f"exec {arguments[0].co_filename}")
sys.addaudithook(watch)
for folder in folders:
    try:
        load_detector(folder, catalog=catalog).score(torch.rand(1, 1, 32, 32))
        print("loaded")
    except adfw.AdfwError as error:
        print(type(error).__name__)
print(seen)
"""


class Trap:
    """Runs a command when it is unpickled."""

    def __reduce__(self) -> tuple[object, ...]:
        import os

        return os.system, ("echo sprung",)


@pytest.fixture
def package(tmp_path: Path) -> Path:
    """A small detector of built-in components, among files that would like to be run."""
    catalog = Catalog.discover()
    model = catalog.find("model", "conv_autoencoder").config()
    scorer = catalog.find("scorer", "mse").config()
    preprocessing = Preprocessing(size=32, color="grey")
    detector = Detector(preprocessing, model, model.build(), scorer, scorer.build(), None, {})
    folder = tmp_path / "package"
    save_detector(detector, folder, catalog)
    for name in ("__init__.py", "conftest.py", "model.py", "sitecustomize.py", "conv_autoencoder.py", "torch.py"):
        (folder / name).write_text("raise SystemExit('sprung')")
    (folder / "model.pkl").write_bytes(pickle.dumps(Trap()))
    write_manifest(folder)
    return folder


def variant(package: Path, change: Callable[[Path], object]) -> Path:
    """Copy the package, change it, and list what it holds now, as whoever made it would."""
    numbers = len(list(package.parent.iterdir()))
    folder = package.with_name(f"package{numbers}")
    shutil.copytree(package, folder)
    change(folder)
    write_manifest(folder)
    return folder


def name_scorer(**fields: str) -> Callable[[Path], object]:
    def change(folder: Path) -> None:
        path = folder / "score.json"
        document = json.loads(path.read_text())
        document["config"] |= fields
        path.write_text(json.dumps(document))

    return change


KEYS = ("_target_", "class_path", "import", "module")
NAMES = ("os.system", "adfw_plugins.scorers:MseConfig", "../mse", "__import__('os')")


def test_nothing_that_lies_in_a_package_is_run(package: Path) -> None:
    pickled = variant(package, lambda folder: (folder / "model.safetensors").write_bytes(pickle.dumps(Trap())))
    keyed = [variant(package, name_scorer(**{key: "os.system"})) for key in KEYS]
    named = [variant(package, name_scorer(name=name)) for name in NAMES]
    refused = [pickled, *keyed, *named]
    command = [sys.executable, "-c", LOAD, *map(str, (package, *refused))]
    done = subprocess.run(command, cwd=package.parent, capture_output=True, text=True, check=True)
    assert done.stdout.splitlines() == ["loaded", *["DetectorError"] * len(refused), "[]"]
