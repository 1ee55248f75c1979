from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from adfw import DetectorError, RegistryError, load_recipe, publish
from adfw.line import Run as Finished
from adfw.manifest import verify_manifest
from adfw.registry.package import metrics, write_package

if TYPE_CHECKING:
    from pathlib import Path

    from adfw import Catalog
    from adfw.line import Run
    from adfw.registry import Registry

FILES = {
    *("model.safetensors", "model.json", "preprocess.json", "score.json", "threshold.json", "recipe.resolved.yaml"),
    *("lineage.json", "metrics.json", "golden/golden.json", "card.md", "manifest.json"),
}


def test_a_package_holds_all_an_audit_asks_for(finished: Run, tmp_path: Path) -> None:
    digest = write_package(finished, tmp_path / "package")
    assert verify_manifest(tmp_path / "package") == digest
    found = {path.relative_to(tmp_path / "package").as_posix() for path in (tmp_path / "package").rglob("*.*")}
    assert found >= FILES
    assert {name.rsplit(".")[-1] for name in found} == {"safetensors", "json", "yaml", "md", "png", "csv"}


def test_a_package_says_nothing_of_the_machine_it_was_made_on(finished: Run, tmp_path: Path) -> None:
    recipe = finished.document.recipe | {"dataset": {"name": "plates", "root": str(tmp_path / "data")}}
    told = {"recipe": recipe, "notice": f"There are no images in {tmp_path}/data.", "sentences": (f"see {tmp_path}",)}
    write_package(Finished(finished.folder, finished.document.model_copy(update=told)), tmp_path / "package")
    assert "root: data" in (tmp_path / "package" / "recipe.resolved.yaml").read_text()
    for path in (tmp_path / "package").rglob("*.*"):
        content = path.read_bytes()
        for trace in (str(tmp_path), str(tmp_path.home()), __file__):
            assert trace.encode() not in content, path.name


def test_the_recipe_in_it_can_be_run_again(finished: Run, toys: Catalog, tmp_path: Path) -> None:
    write_package(finished, tmp_path / "package")
    again = load_recipe(tmp_path / "package" / "recipe.resolved.yaml", catalog=toys)
    assert again.digest() == finished.document.recipe_digest


def test_publishing_a_run_names_the_model_like_it(finished: Run, registry: Registry) -> None:
    version = publish(finished, registry=registry)
    assert str(version) == "plates:1"
    assert version.summary["auroc"]["value"] == 1.0
    assert version.summary["strategy"] == "maximum"
    assert version.summary["threshold"] == pytest.approx(finished.document.scorers[0].strategies[0].cut.value)
    assert str(publish(finished, "other", registry=registry)) == "other:1"


def test_a_run_whose_name_is_no_models_needs_one(finished: Run, registry: Registry) -> None:
    named = finished.document.model_copy(update={"name": "Kapsel\u00e4"})
    with pytest.raises(RegistryError, match="no model's name"):
        publish(Finished(finished.folder, named), registry=registry)


def test_a_damaged_detector_is_not_published(finished: Run, registry: Registry) -> None:
    (finished.folder / "detector" / "model.safetensors").write_bytes(b"")
    with pytest.raises(DetectorError, match=r"model\.safetensors is damaged"):
        publish(finished, registry=registry)
    assert registry.models() == []


def test_the_metrics_are_those_of_the_report(finished: Run) -> None:
    document = finished.document
    found = json.loads(json.dumps(metrics(document)))
    assert len(found["scorers"]) == 2
    assert found["summary"]["recall"]["count"] == 5
    assert metrics(document.model_copy(update={"scorers": (first_without_strategy(document),)}))["summary"].keys() == {
        *("dataset", "model", "scorer", "auroc")
    }
    with pytest.raises(DetectorError, match="no scorer"):
        metrics(document.model_copy(update={"scorers": ()}))


def first_without_strategy(document: object) -> object:
    return document.scorers[0].model_copy(update={"strategies": ()})
