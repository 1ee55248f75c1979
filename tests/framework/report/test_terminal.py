from __future__ import annotations

import re
from io import StringIO
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from rich.console import Console

from adfw.report.terminal import print_report

if TYPE_CHECKING:
    from adfw.report.document import RunDocument

PAGE = Path("runs/a rather long name of a run folder/capsule_ae-001/report.html")


def printed(document: RunDocument, width: int, path: Path = PAGE) -> str:
    stream = StringIO()
    print_report(document, Console(file=stream, width=width, color_system=None), path)
    return stream.getvalue()


def words_of(text: str) -> str:
    return " ".join(re.sub("[│╭╮╰╯─]", " ", text).split())


@pytest.mark.parametrize("width", [60, 80, 120, 200])
def test_the_notice_is_in_plain_sight(document: RunDocument, width: int) -> None:
    head = printed(document, width)[: 8 * width]
    assert "The images were drawn by a program; these figures are not MVTec's." in words_of(head)


@pytest.mark.parametrize("width", [60, 80, 120, 200])
def test_it_ends_with_the_path_in_one_piece(document: RunDocument, width: int) -> None:
    assert printed(document, width).splitlines()[-1] == str(PAGE)


@pytest.mark.parametrize("width", [60, 80, 100, 120, 200])
def test_no_line_is_longer_than_the_terminal(document: RunDocument, width: int) -> None:
    assert max(map(len, printed(document, width, Path("report.html")).splitlines())) <= width


@pytest.mark.parametrize("width", [60, 79, 120, 160])
def test_no_number_is_cut(document: RunDocument, width: int) -> None:
    text = printed(document, width)
    assert "…" not in text
    for strategy in document.scorers[0].strategies:
        for name, figure in strategy.figures.items():
            if name.endswith("f1") and figure.value is not None:
                assert f"{figure.value:.3f}" in text
        if strategy.cut is not None:
            assert f"{strategy.cut.value:.4g}" in text


def test_each_scorer_has_its_verdict(document: RunDocument) -> None:
    text = words_of(printed(document, 60))
    assert all(scorer.verdict in text for scorer in document.scorers)


def test_errors_intervals_and_reasons_are_there(document: RunDocument) -> None:
    text = words_of(printed(document, 60))
    assert "missed 4 of 109, false alarms 2 of 23" in text
    assert "recall 96.3 %, 90.3 to 100.0" in text
    assert "no threshold: needs 999 normal images, has 24" in text
    assert "95 % of new normal parts pass" in text


@pytest.mark.parametrize("width", [60, 160])
def test_an_oracle_figure_keeps_its_name(document: RunDocument, width: int) -> None:
    text = printed(document, width)
    assert {"oracle_recall", "oracle_precision", "oracle_f1", "oracle_cost_per_1000"} <= set(re.findall(r"\w+", text))
    assert "leakage in_sample: chosen on the very images it is judged by" in words_of(text)


def test_square_brackets_in_names_are_no_markup(document: RunDocument) -> None:
    odd = document.model_copy(update={"name": "[red]x[/red]", "notice": "[b]"})
    text = printed(odd, 80)
    assert "[red]x[/red]" in text
    assert "[b]" in text


def test_without_strategies_there_is_no_table(document: RunDocument) -> None:
    bare = document.model_copy(update={"scorers": (document.scorers[0].model_copy(update={"strategies": ()}),)})
    assert "Thresholds on" not in printed(bare, 80)
