from __future__ import annotations

import dataclasses
import json
import shutil
import warnings
from typing import TYPE_CHECKING

import numpy as np
import pytest
import torch

import adfw
from adfw import Catalog, DetectorError, RunError
from adfw.catalog import Source
from adfw.journal import Journal
from adfw.line import Run, run
from adfw.manifest import write_manifest

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def finished(toys: Catalog, toy_recipe: dict[str, object], tmp_path: Path) -> Run:
    return run(toy_recipe, out=tmp_path / "run", catalog=toys)


def test_a_run_leaves_scores_report_and_detector(finished: Run) -> None:
    names = {path.name for path in finished.folder.iterdir()}
    assert {"recipe.yaml", "scores.csv", "report.json", "report.html", "detector", "gallery"} <= names
    assert len(finished.table) == 6 + 6 + 5
    assert finished.table.of_split("calibration").label.sum() == 0


def test_the_document_says_what_was_measured(finished: Run) -> None:
    document = finished.document
    assert document.counts == {"train": {"good": 8}, "calibration": {"good": 6}, "test": {"dent": 5, "good": 6}}
    assert document.scorers[0].ranking["auroc"].value == 1.0
    assert document.scorers[0].localisation["pixel_auroc"].value == 1.0
    strategy = document.scorers[0].strategies[0]
    assert (strategy.protocol, strategy.leakage) == ("normal_only", "none")
    assert strategy.confusion is not None
    assert (strategy.confusion.true_anomalous, strategy.confusion.false_anomalous) == (5, 0)
    assert document.versions["adfw-toys"] == "1.2.3"
    assert document.history == ({"epoch": 1.0, "train_loss": 0.5},)


def test_the_reconstruction_error_is_that_of_normal_test_images(finished: Run, toys: Catalog) -> None:
    samples = toys.find("dataset", "plates").config().build()
    mean = torch.stack([sample.image for sample in samples.split("train")]).mean(0)
    errors = [float((s.image - mean).square().mean()) for s in samples.split("test") if s.label == 0]
    assert finished.document.reconstruction["normal_mse"].value == pytest.approx(np.mean(errors), rel=1e-5)


def test_the_saved_detector_gives_the_scores_of_the_run(finished: Run, toys: Catalog) -> None:
    detector = adfw.read_detector(finished.folder / "detector", catalog=toys)
    samples = toys.find("dataset", "plates").config().build().split("test")
    found = detector.inspect([sample.image for sample in samples])
    assert np.array_equal(found.scores, finished.table.of_split("test").score)
    assert found.verdicts.tolist() == ["anomalous" if sample.label else "normal" for sample in samples]


def test_the_report_is_made_again_from_the_saved_parts(finished: Run) -> None:
    again = Run.load(finished.folder)
    assert again.document == finished.document
    assert again.html() == (finished.folder / "report.html").read_text(encoding="utf-8")


def test_an_existing_folder_is_never_overwritten(finished: Run, toys: Catalog, toy_recipe: dict[str, object]) -> None:
    before = (finished.folder / "report.json").read_bytes()
    with pytest.raises(RunError, match="already exists and is never overwritten"):
        run(toy_recipe, out=finished.folder, catalog=toys)
    assert (finished.folder / "report.json").read_bytes() == before


class Interrupted(Journal):
    """Stops at the first step of a stage, as Ctrl-C would."""

    def __init__(self, at: str) -> None:
        super().__init__()
        self.at, self.now = at, ""

    def stage(self, name: str):  # type: ignore[no-untyped-def]
        self.now = name
        if name == self.at:
            raise KeyboardInterrupt
        return super().stage(name)


@pytest.mark.parametrize("at", ["score", "evaluate", "report"])
def test_an_interrupted_run_goes_on_and_ends_with_the_same_scores(
    at: str, finished: Run, toys: Catalog, toy_recipe: dict[str, object], tmp_path: Path
) -> None:
    out = tmp_path / "interrupted"
    with pytest.raises(KeyboardInterrupt):
        run(toy_recipe, out=out, catalog=toys, journal=Interrupted(at))
    with pytest.raises(RunError, match="holds no finished run"):
        Run.load(out)
    resumed = run(toy_recipe, out=out, catalog=toys, resume=True)
    assert (resumed.folder / "scores.csv").read_bytes() == (finished.folder / "scores.csv").read_bytes()
    assert resumed.document.history == finished.document.history


def test_resume_refuses_another_recipe(toys: Catalog, toy_recipe: dict[str, object], tmp_path: Path) -> None:
    with pytest.raises(KeyboardInterrupt):
        run(toy_recipe, out=tmp_path / "run", catalog=toys, journal=Interrupted("score"))
    with pytest.raises(RunError, match="no unfinished run of this very recipe"):
        run(toy_recipe | {"seed": 1}, out=tmp_path / "run", catalog=toys, resume=True)


def test_a_strategy_without_a_cut_is_reported_and_its_detector_refuses_to_inspect(
    toys: Catalog, toy_recipe: dict[str, object], tmp_path: Path
) -> None:
    recipe = toy_recipe | {"dataset": {"name": "plates", "anomalous": 0}, "protocol": "oracle"}
    finished = run(recipe, out=tmp_path / "run", catalog=toys)
    auroc = finished.document.scorers[0].ranking["auroc"]
    assert auroc.value is None
    assert "anomalous" in auroc.reason


def test_the_notice_of_a_dataset_reaches_the_report(
    toys: Catalog, toy_recipe: dict[str, object], tmp_path: Path
) -> None:
    recipe = toy_recipe | {"dataset": {"name": "plates", "notice": "These plates were drawn."}}
    finished = run(recipe, out=tmp_path / "run", catalog=toys)
    assert finished.document.notice == "These plates were drawn."
    assert "These plates were drawn." in finished.html()


@pytest.mark.parametrize("name", ["model.safetensors", "model.json", "threshold.json"])
def test_a_damaged_detector_is_refused(name: str, finished: Run, toys: Catalog) -> None:
    path = finished.folder / "detector" / name
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)
    with pytest.raises(DetectorError, match=f"{name} is damaged"):
        adfw.read_detector(finished.folder / "detector", catalog=toys)


def test_a_detector_of_a_plugin_that_is_not_installed_names_it(finished: Run, toys: Catalog) -> None:
    stranger = Catalog.of((Source("nothing", "nothing", "0"), object()))
    with pytest.raises(DetectorError, match=r"adfw-toys 1\.2\.3: pip install adfw-toys==1\.2\.3;"):
        adfw.read_detector(finished.folder / "detector", catalog=stranger)


@pytest.mark.parametrize(
    ("installed", "warns"),
    [("1.2.3", False), ("1.9.0", False), ("1.2.3.post1", False), ("2.0.0", True), ("0.9", True), ("unknown", True)],
)
def test_another_major_version_of_a_plugin_warns(finished: Run, toys: Catalog, installed: str, *, warns: bool) -> None:
    other = Catalog(tuple(entry._replace(source=entry.source._replace(version=installed)) for entry in toys.entries))
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        adfw.read_detector(finished.folder / "detector", catalog=other)
    assert [warning.category for warning in caught] == [adfw.PluginVersionWarning] * 2 * warns, "model and scorer"
    if warns:
        said = str(caught[0].message)
        assert f"was made with adfw-toys 1.2.3, and {installed} is installed" in said
        assert "install adfw-toys==1.2.3" in said


def test_a_detector_that_says_nothing_of_its_plugin_is_refused(finished: Run, toys: Catalog, tmp_path: Path) -> None:
    shutil.copytree(finished.folder / "detector", tmp_path / "detector")
    path = tmp_path / "detector" / "model.json"
    config = json.loads(path.read_text(encoding="utf-8"))["config"]
    path.write_text(json.dumps({"config": config}), encoding="utf-8")
    (tmp_path / "detector" / "manifest.json").unlink()
    write_manifest(tmp_path / "detector")
    with pytest.raises(DetectorError, match="does not fit the installed component"):
        adfw.read_detector(tmp_path / "detector", catalog=toys)


def test_a_detector_names_no_path_and_no_code(finished: Run) -> None:
    for path in (finished.folder / "detector").glob("*.json"):
        text = path.read_text(encoding="utf-8")
        assert str(finished.folder) not in text
        assert "conftest" not in text
    plugin = json.loads((finished.folder / "detector" / "model.json").read_text(encoding="utf-8"))["plugin"]
    assert plugin == {"distribution": "adfw-toys", "version": "1.2.3"}


def test_an_unreadable_image_is_invalid_and_does_not_stop_the_rest(
    finished: Run, toys: Catalog, tmp_path: Path
) -> None:
    broken = tmp_path / "broken.png"
    broken.write_bytes(b"\x89PNG\r\n")
    sample = toys.find("dataset", "plates").config().build().split("test")[0]
    found = adfw.read_detector(finished.folder / "detector", catalog=toys).inspect([broken, sample.image])
    assert found.verdicts.tolist() == ["invalid", "normal"]
    assert np.isnan(found.scores[0])
    assert "broken.png" in found.faults[0]


def test_numbered_folders_count_up(
    toys: Catalog, toy_recipe: dict[str, object], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    folders = [run(toy_recipe, catalog=toys).folder.as_posix() for _ in range(2)]
    assert folders == ["runs/plates-001", "runs/plates-002"]


def test_the_same_image_under_another_id_is_leakage(
    toys: Catalog, toy_recipe: dict[str, object], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    plates = type(toys.find("dataset", "plates").config().build())
    honest = plates.split

    def leaking(self: object, name: str) -> list[adfw.Sample]:
        samples = list(honest(self, name))
        if name == "test":
            samples[0] = dataclasses.replace(honest(self, "calibration")[0], id="test/good/copy.png")
        return samples

    monkeypatch.setattr(plates, "split", leaking)
    finished = run(toy_recipe, out=tmp_path / "run", catalog=toys)
    assert finished.document.scorers[0].strategies[0].leakage == "partial"
