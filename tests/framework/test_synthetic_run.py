"""The protocol synthetic from a recipe to the report: fitted on drawn defects, judged on the test images."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import pytest

from adfw import Catalog, Choice, Component, OperatingPoints, PointThreshold, Threshold, compare, rethreshold
from adfw.catalog import Source
from adfw.line import Run, run

if TYPE_CHECKING:
    from pathlib import Path


class AllCaught(PointThreshold):
    """The highest cut that misses nothing."""

    def pick(self, points: OperatingPoints) -> Choice:
        return Choice(int((points.tp < points.n_anomalous).sum()))


class AllCaughtConfig(Component[Threshold]):
    """The highest cut that misses nothing."""

    name: Literal["all_caught"] = "all_caught"

    def build(self) -> Threshold:
        return AllCaught()


@pytest.fixture(scope="module")
def both(toys: Catalog) -> Catalog:
    from types import SimpleNamespace

    from adfw import hookimpl

    def adfw_thresholds() -> list[type[Component[Threshold]]]:
        return [AllCaughtConfig]

    mine = Catalog.of((Source("mine", "mine", "1"), SimpleNamespace(adfw_thresholds=hookimpl(adfw_thresholds))))
    return Catalog((*toys.entries, *mine.entries))


@pytest.fixture(scope="module")
def finished(both: Catalog, tmp_path_factory: pytest.TempPathFactory) -> Run:
    recipe = {
        "name": "plates",
        "dataset": {"name": "plates"},
        "preprocessing": {"size": 16, "color": "grey"},
        "model": {"name": "mean_image"},
        "scorers": [{"name": "absolute"}],
        "thresholds": [{"name": "all_caught"}, {"name": "maximum"}],
        "protocol": "synthetic",
        "synthetic": {"per_image": 4},
    }
    return run(recipe, out=tmp_path_factory.mktemp("runs") / "run", catalog=both)


def test_the_cut_is_fitted_on_drawn_defects_and_decides_the_test_images(finished: Run) -> None:
    drawn = finished.table.of_split("synthetic")
    assert (len(drawn), set(drawn.label.tolist())) == (24, {1})
    strategy = finished.document.scorers[0].strategies[0]
    assert (strategy.protocol, strategy.leakage, strategy.validity) == ("synthetic", "none", "synthetic")
    assert (strategy.cut.n_normal, strategy.cut.n_anomalous) == (6, 24)
    assert strategy.cut.value <= drawn.score.min()
    assert sum(strategy.confusion.model_dump().values()) == 6 + 5
    assert set(strategy.recall_by_defect) == {"dent"}


def test_a_strategy_that_looks_at_no_defect_is_fitted_on_real_images_alone(finished: Run) -> None:
    strategy = finished.document.scorers[0].strategies[1]
    assert (strategy.protocol, strategy.leakage, strategy.validity) == ("normal_only", "none", "real")


def test_drawn_defects_are_called_so_wherever_they_are_counted(finished: Run) -> None:
    assert all(defect.startswith("synthetic ") for defect in finished.document.counts["synthetic"])
    assert sum(finished.document.counts["test"].values()) == 11
    warning = finished.document.scorers[0].strategies[0].cut.warnings[0]
    assert warning.startswith("validity: synthetic. 24 of the 24 anomalous scores")
    page = finished.html()
    assert "validity: synthetic" in page
    assert finished.detector is not None


def test_ranking_figures_and_the_datasets_fingerprint_know_nothing_of_them(
    finished: Run, both: Catalog, tmp_path: Path
) -> None:
    recipe = finished.document.recipe | {"protocol": "auto", "synthetic": None}
    plain = run(recipe, out=tmp_path / "plain", catalog=both)
    assert plain.document.dataset_fingerprint == finished.document.dataset_fingerprint
    assert plain.document.scorers[0].ranking == finished.document.scorers[0].ranking
    assert plain.document.scorers[0].localisation == finished.document.scorers[0].localisation
    assert "synthetic" not in plain.document.counts


def test_defects_that_a_recipe_names_are_there_for_a_later_comparison(
    finished: Run, both: Catalog, tmp_path: Path
) -> None:
    recipe = finished.document.recipe | {"protocol": "auto"}
    named = run(recipe, out=tmp_path / "named", catalog=both)
    assert named.document.scorers[0].strategies[0].protocol == "cross_fit"
    found = compare(named.folder, strategies=["all_caught"], protocol="synthetic", draws=100, catalog=both)
    [strategy] = found.tables[0].strategies
    assert (strategy.validity, strategy.cut.value) == (
        "synthetic",
        finished.document.scorers[0].strategies[0].cut.value,
    )
    assert any("fitted on defects that were drawn" in sentence for sentence in found.tables[0].sentences)
    made = rethreshold(named.folder, "all_caught", protocol="synthetic", out=tmp_path / "made", catalog=both)
    assert made.strategy.validity == "synthetic"
    assert '"validity": "synthetic"' in (made.folder / "threshold.json").read_text()


def test_a_second_run_draws_the_same_defects(finished: Run, both: Catalog, tmp_path: Path) -> None:
    again = run(finished.document.recipe, out=tmp_path / "again", catalog=both)
    table = again.table
    assert (table.id == finished.table.id).all()
    assert (table.score == finished.table.score).all()
