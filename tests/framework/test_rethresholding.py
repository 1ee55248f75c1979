"""Another threshold for a detector: the model is untouched, the parent is named, nothing is overwritten."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from adfw import (
    Catalog,
    Costs,
    DetectorError,
    InvalidScores,
    PluginError,
    ThresholdNotIdentifiable,
    read_detector,
    rethreshold,
    run,
)
from adfw.cli import main
from adfw.manifest import verify_manifest, write_manifest
from adfw.registry import Registry
from adfw.registry.package import publish

if TYPE_CHECKING:
    from adfw import Run

COSTS = Costs(false_negative=50, false_positive=1, prevalence=0.02)


@pytest.fixture(scope="module")
def catalog(toys: Catalog) -> Catalog:
    return Catalog((*toys.entries, *Catalog.discover().of_kind("threshold").values()))


@pytest.fixture(scope="module")
def finished(catalog: Catalog, tmp_path_factory: pytest.TempPathFactory) -> Run:
    recipe = {
        "name": "plates",
        "dataset": {"name": "plates"},
        "preprocessing": {"size": 16, "color": "grey"},
        "model": {"name": "mean_image"},
        "scorers": [{"name": "absolute"}],
        "thresholds": [{"name": "maximum"}],
    }
    return run(recipe, out=tmp_path_factory.mktemp("runs") / "run", catalog=catalog)


def test_a_run_gets_a_second_detector_with_the_same_model_and_its_parents_name(finished, catalog):
    before = read_detector(finished.folder / "detector", catalog=catalog)
    made = rethreshold(finished.folder, "percentile(q=0.5)", catalog=catalog, out=finished.folder / "half")
    after = read_detector(made.folder, catalog=catalog)
    assert made.parent == verify_manifest(finished.folder / "detector")
    assert after.cut.value != before.cut.value
    assert after.cut.value == made.strategy.cut.value
    assert after.strategy["config"]["q"] == 0.5
    weights = [(folder / "model.safetensors").read_bytes() for folder in (finished.folder / "detector", made.folder)]
    assert weights[0] == weights[1]
    lineage = json.loads((made.folder / "lineage.json").read_text())
    assert lineage["parents"] == [made.parent]
    assert lineage["steps"][0]["strategy"] == "percentile(q=0.5)"


def test_the_new_detector_can_be_changed_again_and_remembers_each_step(finished, catalog):
    first = rethreshold(finished.folder, "percentile(q=0.8)", catalog=catalog)
    second = rethreshold(first.folder, "cost_weighted", costs=COSTS, catalog=catalog)
    assert first.folder.name == "detector-002"
    assert second.folder.name == "detector-002-002"
    assert second.parent == verify_manifest(first.folder)
    lineage = json.loads((second.folder / "lineage.json").read_text())
    assert [step["what"] for step in lineage["steps"]] == ["rethreshold", "rethreshold"]
    assert lineage["steps"][1]["costs"]["prevalence"] == 0.02
    assert second.strategy.protocol == "cross_fit"
    assert "cost_per_1000" in second.strategy.figures


def test_a_version_gets_a_next_version(finished, catalog, tmp_path):
    registry = Registry(tmp_path / "registry")
    version = publish(finished, registry=registry)
    made = rethreshold("plates", "percentile(q=0.5)", catalog=catalog, registry=registry)
    assert (made.version.name, made.version.number) == ("plates", version.number + 1)
    assert made.parent == version.digest
    metrics = json.loads((made.folder / "metrics.json").read_text())
    assert metrics["summary"]["strategy"] == "percentile(q=0.5)"
    assert "percentile(q=0.5)" in (made.folder / "card.md").read_text()
    assert read_detector(made.folder, catalog=catalog).cut.value == made.strategy.cut.value
    verify_manifest(registry.folder(version))
    aside = rethreshold("plates:1", "percentile(q=0.7)", catalog=catalog, registry=registry, out=tmp_path / "aside")
    assert aside.version is None
    assert len(registry.versions("plates")) == 2


def test_nothing_is_overwritten_and_a_failure_leaves_nothing(finished, catalog, tmp_path):
    with pytest.raises(DetectorError, match="already exists and is never overwritten"):
        rethreshold(finished.folder, "percentile", catalog=catalog, out=tmp_path)
    before = sorted(finished.folder.iterdir())
    with pytest.raises(ThresholdNotIdentifiable, match="it takes 59 normal scores"):
        rethreshold(finished.folder, "pac_conformal", catalog=catalog)
    with pytest.raises(PluginError, match="did you mean 'percentile'"):
        rethreshold(finished.folder, "percentil", catalog=catalog)
    assert sorted(finished.folder.iterdir()) == before


def test_a_detector_without_scores_takes_a_table(finished, catalog, tmp_path):
    made = rethreshold(finished.folder, "percentile(q=0.5)", catalog=catalog, out=tmp_path / "alone")
    (made.folder / "scores.csv").rename(tmp_path / "scores.csv")
    (made.folder / "manifest.json").unlink()
    with pytest.raises(DetectorError, match=r"there is no manifest\.json"):
        rethreshold(made.folder, "percentile", catalog=catalog)
    write_manifest(made.folder)
    with pytest.raises(DetectorError, match="holds no raw scores to fit a threshold to; name a table with --scores"):
        rethreshold(made.folder, "percentile", catalog=catalog)
    again = rethreshold(made.folder, "percentile(q=0.5)", catalog=catalog, scores=tmp_path / "scores.csv")
    assert again.strategy.cut == made.strategy.cut
    (tmp_path / "bad.csv").write_text("id,label\n")
    with pytest.raises(InvalidScores, match=r"bad\.csv:1: lacks the column 'score'"):
        rethreshold(finished.folder, "percentile", catalog=catalog, scores=tmp_path / "bad.csv")


def test_the_verb_says_what_changed(finished, catalog, tmp_path, capsys, monkeypatch):
    monkeypatch.setattr(Catalog, "discover", classmethod(lambda cls: catalog))
    words = ["--strategy", "percentile", "--set", "q=0.5", "--set", "method=linear", "--out", str(tmp_path / "new")]
    assert main(["rethreshold", str(finished.folder), *words]) == 0
    said = capsys.readouterr().out
    for sentence in ("before: ", "percentile(q=0.5, method=linear): ", "promises at most", "parent: sha256:", "new"):
        assert sentence in said
    assert main(["rethreshold", str(finished.folder), "--strategy", "percentile(q=2)"]) == 2
    assert "q: " in capsys.readouterr().err


def test_a_published_package_is_read_only_and_its_copy_is_not(finished, catalog, tmp_path):
    registry = Registry(tmp_path / "registry")
    version = publish(finished, registry=registry)
    assert not (registry.folder(version) / "threshold.json").stat().st_mode & 0o200
    made = rethreshold(str(version), "percentile(q=0.5)", catalog=catalog, registry=registry, out=tmp_path / "half")
    assert [path for path in made.folder.rglob("*") if not path.stat().st_mode & 0o200] == []
