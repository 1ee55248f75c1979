"""Which runs are done, which are not done again, and what becomes of those that fail."""

from __future__ import annotations

import csv
import json
from typing import TYPE_CHECKING

import pytest

import adfw
from adfw import PluginError, RecipeError, RunError
from adfw.line import Run

if TYPE_CHECKING:
    from pathlib import Path

    from adfw import Component, Executor


def test_a_sweep_leaves_runs_and_tables(recipe: Path, here: Component[Executor], tmp_path: Path) -> None:
    found = adfw.sweep([recipe], out=tmp_path / "out", seeds=[3, 4], executor=here)
    assert {path.name for path in (tmp_path / "out").iterdir()} == {"runs", *(f"sweep.{e}" for e in TABLES)}
    assert [(run.recipe, run.seed, run.fault) for run in found.runs] == [("tiny", 3, ""), ("tiny", 4, "")]
    for run in found.runs:
        document = Run.load(tmp_path / "out" / run.folder).document
        assert document.recipe_digest == run.digest
        assert run.figures["auroc"] == document.scorers[0].ranking["auroc"]
        assert run.figures["f1"] == document.scorers[0].strategies[0].figures["f1"]
        assert run.figures["cost_per_1000"].value == document.scorers[0].strategies[0].figures["cost_per_1000"].value
    assert "latency_p50_ms" not in found.figure_names()
    (row,) = found.rows()
    values = [run.figures["auroc"].value for run in found.runs]
    assert row.figures["auroc"].value == pytest.approx(sum(values) / 2)


TABLES = ("json", "csv", "md", "html")


def test_a_finished_run_is_never_repeated(
    recipe: Path, here: Component[Executor], keys: list[str], tmp_path: Path
) -> None:
    out = tmp_path / "out"
    first = adfw.sweep([recipe], out=out, seeds=[0], executor=here)
    before = (out / first.runs[0].folder / "report.json").stat().st_mtime_ns
    both = adfw.sweep([recipe], out=out, seeds=[0, 1], executor=here)
    assert keys == [both.runs[1].digest]
    assert both.runs[0] == first.runs[0]
    assert (out / first.runs[0].folder / "report.json").stat().st_mtime_ns == before
    recipe.write_text(recipe.read_text() + "\n# only a comment\n")
    adfw.sweep([recipe], out=out, seeds=[0, 1], executor=here)
    assert keys == []
    adfw.sweep([recipe], out=out, seeds=[0], executor=here, overrides=["model.channels=3"])
    assert len(keys) == 1


def test_a_run_that_fails_stops_no_other_and_is_tried_again(
    recipe: Path, here: Component[Executor], keys: list[str], tmp_path: Path
) -> None:
    lost = recipe.with_name("lost.yaml")
    text = recipe.read_text().replace("{name: capsules, size: 32, train: 4, calibration: 4, normal: 3, defects: 1}", "")
    lost.write_text(text.replace("dataset:", "dataset: {name: mvtec, root: nowhere, category: capsule}"))
    found = adfw.sweep([lost, recipe], out=tmp_path / "out", executor=here)
    assert [bool(run.fault) for run in found.runs] == [True, False]
    assert "nowhere" in found.failed[0].fault
    again = adfw.sweep([lost, recipe], out=tmp_path / "out", executor=here)
    assert keys == [again.failed[0].digest]
    rows = list(csv.DictReader((tmp_path / "out" / "sweep.csv").read_text().splitlines()))
    assert [row["fault"] != "" for row in rows] == [True, False]
    assert "failed: lost capsule seed 0" in (tmp_path / "out" / "sweep.md").read_text()


def test_an_interrupted_run_is_taken_up(recipe: Path, here: Component[Executor], tmp_path: Path) -> None:
    out = tmp_path / "out"
    whole = adfw.sweep([recipe], out=out, executor=here)
    folder = out / whole.runs[0].folder
    fitted = (folder / "checkpoint" / "fitted.safetensors").stat().st_mtime_ns
    (folder / "report.json").unlink()
    again = adfw.sweep([recipe], out=out, executor=here)
    assert not again.failed
    assert (folder / "checkpoint" / "fitted.safetensors").stat().st_mtime_ns == fitted
    assert again.runs[0].figures["auroc"] == whole.runs[0].figures["auroc"]


def test_a_folder_of_another_run_is_refused(recipe: Path, here: Component[Executor], tmp_path: Path) -> None:
    found = adfw.sweep([recipe], out=tmp_path / "out", executor=here)
    report = tmp_path / "out" / found.runs[0].folder / "report.json"
    report.write_text(json.dumps(json.loads(report.read_text()) | {"recipe_digest": "0"}))
    with pytest.raises(RunError, match="holds a run of another recipe"):
        adfw.sweep([recipe], out=tmp_path / "out", executor=here)


def test_every_fault_of_every_recipe_is_told_before_anything_runs(
    recipe: Path, here: Component[Executor], keys: list[str], tmp_path: Path
) -> None:
    keys[:] = ["untouched"]
    with pytest.raises(RecipeError) as caught:
        adfw.sweep([recipe, tmp_path / "missing.yaml"], out=tmp_path / "out", categories=["screw"], executor=here)
    assert "dataset.category" in str(caught.value)
    assert "there is no such file" in str(caught.value)
    other = recipe.with_name("other.yaml")
    other.write_text("name: tiny\n" + recipe.read_text().replace("channels: 2", "channels: 3"))
    with pytest.raises(RecipeError, match="two different recipes are called 'tiny'"):
        adfw.sweep([recipe, other], out=tmp_path / "out", executor=here)
    assert keys == ["untouched"]
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("lokal", "did you mean 'local'"),
        ("local(workers=0)", "workers: .*greater than or equal to 1.*adfw plugins show local"),
        ("local(2)", "write a name and fields"),
    ],
)
def test_an_unknown_executor_is_one_sentence(recipe: Path, tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(PluginError, match=message):
        adfw.sweep([recipe], out=tmp_path / "out", executor=text)


@pytest.mark.slow
def test_a_benchmark_measures_finished_runs_without_training_them_again(
    recipe: Path, here: Component[Executor], tmp_path: Path
) -> None:
    out = tmp_path / "out"
    swept = adfw.sweep([recipe], out=out, executor=here)
    report = out / swept.runs[0].folder / "report.json"
    before = report.stat().st_mtime_ns
    told: list[str] = []
    found = adfw.benchmark([recipe], out=out, told=told.append)  # in a process of its own
    assert told == ["[1/1] tiny seed 0: done"]
    assert report.stat().st_mtime_ns == before
    figures = found.runs[0].figures
    assert 0 < figures["latency_p50_ms"].value <= figures["latency_p95_ms"].value
    weights = (report.parent / "detector" / "model.safetensors").stat().st_size
    assert figures["detector_mb"].value * 1e6 > weights
    adfw.benchmark([recipe], out=out, told=told.append)
    assert told[1:] == ["1 of 1 runs are finished already"]
