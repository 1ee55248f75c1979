"""A sweep in words and as a page: means, intervals, faults, and names that are hostile."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from rich.console import Console
from scipy.stats import t

from adfw import Sweep
from adfw.evaluation import Figure
from adfw.sweeping.document import SweepRun
from adfw.sweeping.page import page
from adfw.sweeping.tables import figure_text, print_sweep, to_csv, to_markdown

if TYPE_CHECKING:
    from collections.abc import Callable


def run(recipe: str, category: str, seed: int, auroc: float | None, **more: object) -> SweepRun:
    figures = {
        "auroc": Figure.undefined("no defect") if auroc is None else Figure(value=auroc),
        "fit_s": Figure(value=1.5),
        "latency_p50_ms": Figure(value=20.0 + seed),
    }
    about = {"recipe": recipe, "category": category, "seed": seed, "digest": "d", "folder": "f", "figures": figures}
    return SweepRun(**(about | more))


@pytest.fixture
def made() -> Callable[..., Sweep]:
    def make(*runs: SweepRun) -> Sweep:
        return Sweep(verb="benchmark", created="2026-01-01T00:00:00+00:00", hardware={"cores": "2"}, runs=runs)

    return make


def test_means_over_seeds_have_students_interval(made: Callable[..., Sweep]) -> None:
    (row,) = made(*(run("a", "screw", seed, value) for seed, value in enumerate((0.7, 0.8, 0.9)))).rows()
    figure = row.figures["auroc"]
    assert figure.value == pytest.approx(0.8)
    assert figure.high - figure.value == pytest.approx(t.ppf(0.975, 2) * 0.1 / 3**0.5)
    assert figure_text("auroc", figure) == "0.800 ± 0.248"


def test_one_seed_has_no_interval(made: Callable[..., Sweep]) -> None:
    (row,) = made(run("a", "screw", 0, 0.7)).rows()
    assert figure_text("auroc", row.figures["auroc"]) == "0.700"


def test_several_categories_have_a_mean_over_the_seeds_that_have_them_all(made: Callable[..., Sweep]) -> None:
    runs = [run("a", "screw", 0, 0.6), run("a", "pill", 0, 0.8), run("a", "screw", 1, 0.9)]
    *_, mean = made(*runs, run("a", "pill", 1, None, fault="broke", figures={})).rows()
    assert (mean.category, mean.runs, mean.done) == ("mean", 4, 3)
    assert mean.figures["auroc"].value == pytest.approx(0.7)


def test_what_is_undefined_says_why(made: Callable[..., Sweep]) -> None:
    text = to_markdown(made(run("a", "", 0, None)))
    assert '"-": no defect.' in text


def test_numbers_of_the_csv_read_back_bit_by_bit(made: Callable[..., Sweep]) -> None:
    lines = to_csv(made(run("a", "", 0, 0.1 + 0.2))).splitlines()
    assert float(lines[1].split(",")[lines[0].split(",").index("auroc")]) == 0.1 + 0.2


HOSTILE = "</script><b>x</b>|y"


def test_the_page_needs_nothing_else_and_names_stay_text(made: Callable[..., Sweep]) -> None:
    found = made(run(HOSTILE, "", 0, 0.5), run("b", "", 0, None, fault="it broke | <i>", figures={}))
    text = page(found)
    own = text[: text.index("<script>")] + text[text.rindex('<script type="application/json"') :]
    assert HOSTILE not in own
    assert "<i>" not in own.replace("<i>", "", 0) or "&lt;i&gt;" in own
    assert not re.search(r'(?:src|href)="(?!data:)', own)
    assert "it broke" in own
    assert len(to_markdown(found).splitlines()[2].replace("\\|", "").split("|")) == 8


@pytest.mark.parametrize("width", [60, 200])
def test_the_terminal_shows_every_figure(made: Callable[..., Sweep], width: int) -> None:
    console = Console(width=width, record=True, markup=False, highlight=False, file=open("/dev/null", "w"))  # noqa: SIM115
    print_sweep(made(run("a", "screw", 0, 0.75), run("b", "", 0, None, fault="broke", figures={})), console)
    console.file.close()
    text = console.export_text()
    for part in ("0.750", "20.0", "screw", "failed: b", "image AUROC"):
        assert part in text
    assert all(len(line) <= width for line in text.splitlines())
