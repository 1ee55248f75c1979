from __future__ import annotations

import json
import re
from html.parser import HTMLParser
from typing import TYPE_CHECKING

import pytest

from adfw.evaluation.figure import Figure
from adfw.report.html import TEMPLATES, render
from adfw.scores import ScoreTable

if TYPE_CHECKING:
    from pathlib import Path

    from adfw.report.document import RunDocument

EVIL = "<script>alert('x')</script>\"&amp;</style>"


class Page(HTMLParser):
    """What a browser would see: scripts, attributes that load something, and the text in between."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.scripts: list[dict[str, str | None]] = []
        self.sources: list[str] = []
        self.words: list[str] = []
        self._inside = ""
        self.feed(html)
        self.text = " ".join(" ".join(self.words).split())

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        self._inside = tag
        if tag == "script":
            self.scripts.append(dict(attributes))
        self.sources += [value or "" for name, value in attributes if name in {"src", "href", "action", "srcset"}]

    def handle_endtag(self, tag: str) -> None:
        self._inside = ""

    def handle_data(self, data: str) -> None:
        if self._inside not in {"script", "style"}:
            self.words.append(data)


@pytest.fixture(scope="module")
def html(document: RunDocument, tables: dict[str, ScoreTable], run_folder: Path) -> str:
    return render(document, tables, run_folder)


def changed(document: RunDocument, tables: dict[str, ScoreTable], folder: Path, **changes: object) -> Page:
    return Page(render(type(document).model_validate(document.model_dump() | changes), tables, folder))


def test_everything_the_page_needs_is_in_it(html: str) -> None:
    assert {source.split(",")[0] for source in Page(html).sources} == {
        "#explore",
        "data:",
        "data:image/jpeg;base64",
        "data:image/png;base64",
    }


def test_the_page_of_132_images_is_small_enough_to_send(html: str) -> None:
    assert len(html.encode()) < 12_000_000


@pytest.mark.parametrize(
    "text",
    [
        "Please note. The images were drawn by a program; these figures are not MVTec's.",
        "ssim(pooling=max) separates these images",
        "mse does not separate these images",
        "132 test images: 23 normal, 109 defective",
        "95 % of new normal parts pass",
        "leakage: in_sample",
        "chosen on the very images it is judged by",
        "needs 999 normal images, has 24",
        "oracle_ recall",
        "undefined no image has a mask",
        "Compiling is off: no compiler on this machine.",
        "Anomaly map 0 to 1",
        "name: conv_autoencoder",
        "3f" * 32,
        "ab" * 32,
        "1834 MB",
        "In-sample.",
    ],
)
def test_the_page_says(html: str, text: str) -> None:
    assert text in Page(html).text


def test_a_run_without_a_notice_has_no_banner(
    document: RunDocument, tables: dict[str, ScoreTable], run_folder: Path
) -> None:
    assert "Please note." not in changed(document, tables, run_folder, notice="").text


def test_texts_from_users_stay_texts(document: RunDocument, tables: dict[str, ScoreTable], run_folder: Path) -> None:
    plain = len(Page(render(document, tables, run_folder)).scripts)
    [first, *rest] = document.scorers
    strategy = first.strategies[0].model_copy(
        update={"label": EVIL, "recall_by_defect": {EVIL: Figure.undefined(EVIL)}, "protocol": EVIL}
    )
    evil = document.model_copy(
        update={
            "name": EVIL,
            "notice": EVIL,
            "sentences": (EVIL,),
            "recipe": {"name": EVIL},
            "versions": {EVIL: EVIL},
            "counts": {"test": {EVIL: 1}},
            "gallery": (document.gallery[0].model_copy(update={"id": EVIL, "defect": EVIL}),),
            "scorers": (first.model_copy(update={"label": EVIL, "verdict": EVIL, "strategies": (strategy,)}), *rest),
        }
    )
    odd = ScoreTable.of([(EVIL, "test", 0, "", 0.1), (EVIL + "2", "test", 1, EVIL, 0.2)])
    page = Page(render(evil, tables | {EVIL: odd}, run_folder))
    assert len(page.scripts) == plain
    assert EVIL in page.text


def test_the_data_of_the_page_can_be_read(html: str) -> None:
    [data] = re.findall(r'id="adfw-data">(.*?)</script>', html, flags=re.DOTALL)
    [thumbs] = re.findall(r'id="adfw-thumbnails">(.*?)</script>', html, flags=re.DOTALL)
    assert json.loads(data)["costs"] == {"false_negative": 50.0, "false_positive": 2.0, "prevalence": 0.02}
    assert sorted(map(int, json.loads(thumbs))) == list(range(132))


def test_no_number_is_nan(document: RunDocument, tables: dict[str, ScoreTable], run_folder: Path) -> None:
    undefined = Figure.undefined("there are no anomalous images")
    scorer = document.scorers[0].model_copy(update={"ranking": {"auroc": undefined}, "strategies": ()})
    page = changed(document, tables, run_folder, scorers=(scorer.model_dump(),))
    assert "NaN" not in page.text
    assert "undefined there are no anomalous images" in page.text
    assert "This run names no threshold strategy." in page.text


def test_a_page_of_5000_images_stays_small(document: RunDocument, run_folder: Path) -> None:
    rows = [(str(index), "test", index % 2, "crack" if index % 2 else "", index * 0.37 % 1) for index in range(5000)]
    thumbs = dict.fromkeys((row[0] for row in rows), next(iter(document.thumbnails.values())))
    many = document.model_copy(update={"thumbnails": thumbs, "gallery": ()})
    html = render(many, {scorer.label: ScoreTable.of(rows) for scorer in document.scorers}, run_folder)
    assert len(html.encode()) < 12_000_000
    assert "small pictures of 400 of the 5000 test images (at most 400)" in html


def test_without_stated_costs_there_is_no_column_of_costs(
    document: RunDocument, tables: dict[str, ScoreTable], run_folder: Path
) -> None:
    strategy = document.scorers[0].strategies[0]
    unpriced = {name: figure for name, figure in strategy.figures.items() if name != "cost_per_1000"}
    scorer = document.scorers[0].model_copy(update={"strategies": (strategy.model_copy(update={"figures": unpriced}),)})
    html = render(document.model_copy(update={"scorers": (scorer,)}), tables, run_folder)
    assert 'data-heading="Cost per 1,000 parts"' not in html
    assert "The recipe states no costs" in html


def test_warnings_stand_beside_the_promise(
    document: RunDocument, tables: dict[str, ScoreTable], run_folder: Path
) -> None:
    strategy = document.scorers[0].strategies[0]
    assert strategy.cut is not None
    cut = strategy.cut.model_copy(update={"warnings": ("needs 99 images, has 39",)})
    scorer = document.scorers[0].model_copy(update={"strategies": (strategy.model_copy(update={"cut": cut}),)})
    page = Page(render(document.model_copy(update={"scorers": (scorer,)}), tables, run_folder))
    assert "Promise: 95 % of new normal parts pass needs 99 images, has 39" in page.text


def test_a_model_without_training_curves_says_so(
    document: RunDocument, tables: dict[str, ScoreTable], run_folder: Path
) -> None:
    page = changed(document, tables, run_folder, history=(), reconstruction={}, gallery=(), thumbnails={})
    assert "This model has no training curves." in page.text
    assert "Worst misses defective, yet passed None." in page.text


def test_a_page_with_few_thumbnails_says_so(
    document: RunDocument, tables: dict[str, ScoreTable], run_folder: Path
) -> None:
    few = dict(list(document.thumbnails.items())[:5])
    page = changed(document, tables, run_folder, thumbnails=few)
    assert "small pictures of 5 of the 132 test images" in page.text


def test_reviewed_and_invalid_images_are_counted(
    document: RunDocument, tables: dict[str, ScoreTable], run_folder: Path
) -> None:
    strategy = document.scorers[0].strategies[0]
    assert strategy.confusion is not None
    sent = strategy.confusion.model_copy(update={"review_normal": 3, "review_anomalous": 7, "invalid": 1})
    scorer = document.scorers[0].model_copy(update={"strategies": (strategy.model_copy(update={"confusion": sent}),)})
    page = changed(document, tables, run_folder, scorers=(scorer.model_dump(),))
    assert "3 good and 7 defective images sent to review; 1 invalid." in page.text


@pytest.mark.parametrize("path", sorted(TEMPLATES.iterdir()), ids=lambda path: path.name)
def test_parts_of_the_page_stay_readable(path: Path) -> None:
    lines = path.read_text(encoding="utf-8").splitlines()
    assert len(lines) <= 250
    assert path.suffix != ".js" or "</script" not in path.read_text(encoding="utf-8")
