from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from adfw import Costs, RunError, ScoreTable, compare
from adfw.cli import main
from adfw.evaluation.figure import Figure
from adfw.report.document import RunDocument, ScorerDocument
from adfw.thresholds.sources import open_sources

if TYPE_CHECKING:
    from pathlib import Path

COSTS = {"false_negative": 50.0, "false_positive": 1.0, "prevalence": 0.02}


def table(seed: int) -> ScoreTable:
    rng = np.random.default_rng(seed)
    rows = [(f"train/good/{i}", "calibration", 0, "", s) for i, s in enumerate(rng.gamma(2, size=30))]
    rows += [(f"test/good/{i}", "test", 0, "", s) for i, s in enumerate(rng.gamma(2, size=20))]
    return ScoreTable.of(
        rows + [(f"test/crack/{i}", "test", 1, "crack", s) for i, s in enumerate(3 + rng.gamma(2, size=20))]
    )


def write_run(folder: Path, sharpness: tuple[float, float, float], downsample: str, costs: object = None) -> Path:
    """Write what a run leaves, as far as a comparison reads it."""
    (folder / "scores").mkdir(parents=True)
    table(0).write_csv(folder / "scores.csv")
    table(1).write_csv(folder / "scores" / "1.csv")
    scorers = tuple(
        ScorerDocument(
            label=label,
            config={"name": "mse"},
            verdict="",
            scores=path,
            ranking={"auroc": Figure(value=0.9, low=0.8, high=0.95)},
            localisation={"pixel_auroc": Figure.undefined("there are no masks")},
            strategies=(),
        )
        for label, path in (("mse", "scores.csv"), ("ssim", "scores/1.csv"))
    )
    recipe = {
        "name": folder.name,
        "model": {"downsample": downsample},
        "costs": costs,
        "thresholds": [{"name": "fixed", "value": 2.0, "scorer": "mse"}, {"name": "percentile", "q": 0.9}],
    }
    document = RunDocument(
        name=folder.name,
        created="2026-03-01",
        recipe=recipe,
        recipe_digest="0" * 64,
        notice="Drawn images.",
        versions={},
        hardware={},
        counts={},
        dataset_fingerprint="",
        history=(),
        reconstruction={"sharpness": Figure(value=sharpness[1], low=sharpness[0], high=sharpness[2])},
        scorers=scorers,
        gallery=(),
        seconds={},
        peak_memory_mb=0,
    )
    (folder / "report.json").write_text(document.model_dump_json())
    return folder


@pytest.fixture
def stride(tmp_path: Path) -> Path:
    return write_run(tmp_path / "stride", (0.7, 0.8, 0.85), "stride", COSTS)


@pytest.fixture
def pooled(tmp_path: Path) -> Path:
    return write_run(tmp_path / "pooled", (0.5, 0.6, 0.65), "max_pool", COSTS)


def test_one_run_gives_every_scorer_and_its_recipes_costs_and_strategies(stride):
    opened = open_sources([stride])
    assert [(one.name, one.scorer) for one in opened.tables] == [("stride, mse", "mse"), ("stride, ssim", "ssim")]
    assert opened.costs == Costs(**COSTS)
    found = compare(stride, draws=100)
    labels = [one.label for one in found.tables[0].strategies]
    assert labels[:2] == ["fixed(value=2, scorer=mse)", "percentile(q=0.9)"]
    assert "cost_weighted" in labels[3] or any(label.startswith("cost_weighted") for label in labels)
    assert "belongs to scores of mse; these are scores of ssim" in found.tables[1].strategies[0].problem
    assert not any(line.startswith("fixed was left out") for line in found.sentences)


def test_several_runs_stand_side_by_side(stride, pooled):
    found = compare([stride, pooled], strategies=["percentile"], draws=100)
    assert [one.name for one in found.tables] == ["stride, mse", "pooled, mse"]
    assert [run.differs for run in found.runs] == [{"model.downsample": "stride"}, {"model.downsample": "max_pool"}]
    assert found.runs[0].scorers["ssim"]["auroc"].value == 0.9
    said = "sharpness is 0.8 [0.7, 0.85] for stride and 0.6 [0.5, 0.65] for pooled: it is higher for stride"
    assert said in found.sentences[0]
    page = found.to_html()
    assert "max_pool" in page
    assert "Drawn images." in page


def test_overlapping_intervals_tell_nothing_apart(tmp_path, stride):
    other = write_run(tmp_path / "other", (0.6, 0.75, 0.9), "stride")
    assert "their intervals overlap" in compare([stride, other], strategies=["youden"], draws=100).sentences[0]


def test_a_scorer_is_chosen_by_its_label(stride, pooled):
    assert [one.name for one in open_sources([stride, pooled], "ssim").tables] == ["stride, ssim", "pooled, ssim"]
    assert len(open_sources([stride, pooled], "all").tables) == 4
    with pytest.raises(RunError, match="has no scorer 'mae'; allowed: mse, ssim, all"):
        open_sources([stride], "mae")


def test_runs_and_files_of_one_name_are_told_apart(tmp_path):
    first, second = (write_run(tmp_path / place / "run", (0, 1, 2), "stride") for place in ("a", "b"))
    assert len({one.name for one in open_sources([first, second]).tables}) == 2


def test_costs_that_runs_state_differently_are_nobodys(stride, tmp_path):
    other = write_run(tmp_path / "other", (0, 1, 2), "stride", COSTS | {"prevalence": 0.5})
    assert open_sources([stride, other]).costs is None


def test_a_folder_without_a_finished_run_is_a_sentence(tmp_path):
    with pytest.raises(RunError, match=r"holds no finished run .* name a run or a CSV"):
        compare(tmp_path)
    (tmp_path / "report.json").write_text("{}")
    with pytest.raises(RunError, match="no report of this version"):
        compare(tmp_path)


def test_the_verb_prints_and_writes(stride, pooled, tmp_path, capsys):
    out = [f"--{form}={tmp_path / 'out' / f'c.{form}'}" for form in ("csv", "json", "html")]
    assert main(["compare", str(stride), str(pooled), "--draws", "100", "--strategy", "youden", *out]) == 0
    said = capsys.readouterr().out
    for words in ("runs side by side", "model.downsample", "reconstruction: sharpness", "0.8 [0.7, 0.85]", "youden"):
        assert words in said
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == ["c.csv", "c.html", "c.json"]


def test_the_verb_takes_the_csv_of_any_tool(tmp_path, capsys):
    path = tmp_path / "other tool ü.csv"
    path.write_text("id,label,score\n" + "\n".join(f"{i},{i % 2},{i % 2 + i / 50}" for i in range(60)))
    words = ["compare", str(path), "--costs", "50:1:0.2", "--prevalence", "0.02", "--draws", "100"]
    assert main(words) == 0
    assert "policy to refer all: 200" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--costs", "50:1"], "stated together"),
        (["--costs", "cheap", "--prevalence", "0.1"], "MISS:ALARM"),
        (["--strategy", "percentile(q=7)"], "strategy percentile(q=7): q:"),
        (["--strategy", "nothing"], "no usable threshold 'nothing'"),
    ],
)
def test_a_fault_is_a_sentence_and_exit_code_2(stride, capsys, words, said):
    assert main(["compare", str(stride), *words]) == 2
    assert said in capsys.readouterr().err
    assert main(["compare", str(stride / "nothing.csv")]) == 2
    assert "nothing.csv: cannot be read" in capsys.readouterr().err
