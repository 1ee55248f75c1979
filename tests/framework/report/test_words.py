from __future__ import annotations

import pytest

from adfw.evaluation.figure import Figure
from adfw.report import words
from adfw.report.document import CutDocument, ScorerDocument


@pytest.mark.parametrize(
    ("name", "value", "text"),
    [
        ("recall", 0.9174, "91.7 %"),
        ("oracle_recall", 1.0, "100.0 %"),
        ("auroc", 0.5, "0.500"),
        ("f1", 0.97249, "0.972"),
        ("cost_per_1000", 1088.4, "1,088"),
        ("cost_per_1000", 0.51239, "0.512"),
        ("oracle_cost_per_1000", 20.0, "20"),
    ],
)
def test_a_figure_is_written_by_its_name(name: str, value: float, text: str) -> None:
    assert words.figure_text(Figure(value=value), words.unit_of(name)) == text


def test_an_undefined_figure_is_said_to_be_so() -> None:
    assert words.figure_text(Figure.undefined("one class"), "index") == "undefined"


def test_an_interval_has_both_ends_or_none() -> None:
    assert words.interval_text(Figure(value=0.9, low=0.805, high=1.0), "share") == "80.5 to 100.0"
    assert words.interval_text(Figure(value=0.9), "share") == ""


@pytest.mark.parametrize(
    ("cut", "text"),
    [
        (CutDocument(kind="finite", value=7.5e-05, exact=(7.5e-05).hex()), "7.5e-05"),
        (CutDocument(kind="never"), "∞ (rejects nothing)"),
        (CutDocument(kind="always"), "-∞ (rejects all)"),
        (None, "none"),
    ],
)
def test_a_cut_is_written_for_readers(cut: CutDocument | None, text: str) -> None:
    assert words.cut_text(cut) == text


def test_an_open_end_of_a_cut_is_infinite() -> None:
    assert words.cut_interval_text((0.5, None)) == "0.5 to ∞"
    assert words.cut_interval_text((None, 0.5)) == "-∞ to 0.5"
    assert words.cut_interval_text(None) == ""


@pytest.mark.parametrize(
    ("low", "high", "standing"),
    [(0.51, 0.9, "separates"), (0.4, 0.6, "does not separate"), (0.1, 0.49, "wrong way round")],
)
def test_standing_follows_the_interval_of_the_auroc(low: float, high: float, standing: str) -> None:
    assert words.standing(scorer({"auroc": Figure(value=(low + high) / 2, low=low, high=high)})) == standing


@pytest.mark.parametrize("ranking", [{}, {"auroc": Figure.undefined("one class")}, {"auroc": Figure(value=0.9)}])
def test_standing_is_unknown_without_an_interval(ranking: dict[str, Figure]) -> None:
    assert words.standing(scorer(ranking)) == "unknown"


def test_a_figure_is_found_under_its_oracle_name() -> None:
    figure = Figure(value=1.0)
    assert words.find({"oracle_f1": figure}, "f1") == ("oracle_f1", figure)
    assert words.find({"f1": figure}, "recall") is None


def scorer(ranking: dict[str, Figure]) -> ScorerDocument:
    return ScorerDocument(
        label="mse", config={}, verdict="", scores="scores.csv", ranking=ranking, localisation={}, strategies=()
    )
