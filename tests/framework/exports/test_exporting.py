"""Exports made and loaded: what lies in the folder, that it decides alike, and what is refused."""

from __future__ import annotations

import json
import shutil
import zipfile
from typing import TYPE_CHECKING, Literal

import numpy as np
import pytest
import torch
from torch import Tensor, nn

import adfw
from adfw import Component, DetectorError, Evidence, ExportError, Model, read_detector
from adfw.exports.exporting import export
from adfw.manifest import verify_manifest

if TYPE_CHECKING:
    from pathlib import Path

    from adfw import Catalog, Detector, Sample
    from adfw.exports.engines import Target

TARGETS = ["onnx", "torch", pytest.param("openvino", marks=pytest.mark.engine)]


@pytest.fixture(scope="session")
def exports(saved: Path, toys: Catalog, tmp_path_factory: pytest.TempPathFactory):
    """Return a function that exports the small detector once for each form."""
    made: dict[str, Path] = {}

    def one(to: Target) -> Path:
        if to == "openvino":
            pytest.importorskip("openvino")
        if to not in made:
            place = tmp_path_factory.mktemp("exports") / to
            made[to] = export(saved, to, out=place, catalog=toys).folder
        return made[to]

    return one


@pytest.mark.parametrize("to", TARGETS)
@pytest.mark.parametrize("count", [1, 3])
def test_an_export_scores_batches_of_one_and_three_like_its_detector(exports, to, count, detector, plates) -> None:
    loaded = read_detector(exports(to))
    images = [plate.image for plate in plates[-count:]]
    found, expected = loaded.inspect(images), detector.inspect(images)
    np.testing.assert_allclose(found.scores, expected.scores, rtol=1e-6)
    np.testing.assert_allclose(found.maps, expected.maps, atol=1e-6)
    assert found.verdicts.tolist() == expected.verdicts.tolist()


@pytest.mark.parametrize("to", TARGETS)
def test_an_export_keeps_threshold_and_lineage_and_no_pickle_or_path(exports, to, saved: Path, detector) -> None:
    folder = exports(to)
    assert verify_manifest(folder) != verify_manifest(saved)
    assert read_detector(folder).cut == detector.cut
    document = json.loads((folder / "export.json").read_text())
    assert document["parent"] == verify_manifest(saved)
    assert json.loads((folder / "lineage.json").read_text())["parents"] == [verify_manifest(saved)]
    assert document["parity"]["images"] > 2
    for path in (path for path in folder.rglob("*") if path.is_file()):
        content = path.read_bytes()
        if zipfile.is_zipfile(path):
            with zipfile.ZipFile(path) as archive:
                assert not [name for name in archive.namelist() if name.endswith(".pkl")]
                content = b"".join(archive.read(name) for name in archive.namelist())
                assert b"PK\x03\x04" not in content, "a pickle in an archive in an archive"
        for machine in (str(adfw.__path__[0]).encode(), str(saved.parent).encode(), b"site-packages"):
            assert machine not in content, path


def test_an_export_runs_without_its_plugins_and_moves(exports, tmp_path: Path, plates) -> None:
    moved = shutil.copytree(exports("onnx"), tmp_path / "elsewhere")
    assert read_detector(moved).inspect([plates[-1].image]).verdicts.tolist() == ["anomalous"]


def test_a_damaged_export_is_refused(exports, tmp_path: Path) -> None:
    moved = shutil.copytree(exports("onnx"), tmp_path / "elsewhere")
    graph = moved / "model.onnx"
    graph.write_bytes(graph.read_bytes()[:-1] + b"\x00")
    with pytest.raises(DetectorError, match=r"model\.onnx is damaged"):
        read_detector(moved)


def test_an_export_has_no_evidence_to_mask(exports, plates) -> None:
    with pytest.raises(DetectorError, match="use the detector it was made from"):
        read_detector(exports("onnx")).examine(plates[0].image[None])


def test_the_threshold_changes_without_another_export(exports, toys: Catalog, tmp_path: Path) -> None:
    made = adfw.rethreshold(exports("onnx"), "maximum", out=tmp_path / "other", protocol="oracle", catalog=toys)
    changed = read_detector(made.folder)
    assert changed.cut is not None
    assert changed.cut.value != 0.1234567890123
    assert (made.folder / "model.onnx").read_bytes() == (exports("onnx") / "model.onnx").read_bytes()


def test_an_export_of_an_export_is_refused(exports, toys: Catalog, tmp_path: Path) -> None:
    with pytest.raises(ExportError, match="is an export already"):
        export(exports("onnx"), "torch", out=tmp_path / "again", catalog=toys)


def test_an_existing_folder_and_an_unknown_form_are_refused(saved: Path, toys: Catalog, tmp_path: Path) -> None:
    with pytest.raises(DetectorError, match="never overwritten"):
        export(saved, "onnx", out=tmp_path, catalog=toys)
    with pytest.raises(ExportError, match="there is no export to 'tflite'; allowed: onnx, openvino, torch"):
        export(saved, "tflite", out=tmp_path / "new", catalog=toys)


def test_without_an_image_to_compare_nothing_is_written(
    detector: Detector, plates: list[Sample], toys: Catalog, tmp_path: Path
) -> None:
    adfw.save_detector(detector, tmp_path / "bare", toys)
    with pytest.raises(ExportError, match="name some with --images"):
        export(tmp_path / "bare", "torch", out=tmp_path / "out", catalog=toys)
    assert not (tmp_path / "out").exists()


class Counting(Model, nn.Module):
    """Decides in Python, which no graph can say."""

    def __init__(self) -> None:
        super().__init__()
        self.register_buffer("mean", torch.zeros(1, 12, 10))

    def fit(self, train, context) -> None: ...

    def examine(self, images: Tensor) -> tuple[Evidence, ...]:
        expected = self.mean if images.mean() > 0.7 else self.mean + 1
        return (Evidence(images, expected.expand_as(images)),)


class CountingConfig(Component[Model]):
    """Decides in Python."""

    name: Literal["counting"] = "counting"

    def build(self) -> Model:
        return Counting()


def test_a_model_that_cannot_be_traced_is_named(detector: Detector) -> None:
    from dataclasses import replace

    from adfw.exports.graph import trace

    config = CountingConfig()
    with pytest.raises(ExportError, match="the model counting with the scorer absolute cannot be traced"):
        trace(replace(detector, model_config=config, model=config.build()))
