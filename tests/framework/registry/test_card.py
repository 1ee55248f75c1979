from __future__ import annotations

import json
from html.parser import HTMLParser
from typing import TYPE_CHECKING

import pytest

from adfw import DetectorError
from adfw.line import Run
from adfw.manifest import write_manifest
from adfw.registry.card import card_text, sections
from adfw.registry.card_pages import Section, markdown, page
from adfw.registry.package import write_package

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def package(finished: Run, tmp_path: Path) -> Path:
    write_package(finished, tmp_path / "package")
    return tmp_path / "package"


def test_the_card_tells_data_figures_promise_and_limits(package: Path) -> None:
    card = (package / "card.md").read_text(encoding="utf-8")
    assert card == card_text(package)
    for words in (
        "# plates",
        "The model mean\\_image of adfw-toys 1.2.3",
        "| auroc | 1.000 | 0.",
        "| recall of dent | 100.0 % |",
        "| test | 11 | dent 5, good 6 |",
        "by the strategy maximum, fitted on held-out normal images alone (6 normal and 0 anomalous scores).",
        "Leakage none: chosen without any test image.",
        "6 normal and 5 anomalous test images",
        "Defects of other types than those tested (dent) were never measured.",
        "Licence of the data: not stated",
    ):
        assert words in card


def edited(package: Path, name: str, change: object) -> Path:
    document = json.loads((package / name).read_text())
    change(document)
    (package / name).write_text(json.dumps(document))
    write_manifest(package)
    return package


def test_a_scorer_that_separates_nothing_is_not_recommended(package: Path) -> None:
    def change(metrics: dict) -> None:
        metrics["scorers"][0]["ranking"]["auroc"] = {"value": 0.5, "low": 0.3, "high": 0.7}
        metrics["scorers"][0]["verdict"] = "absolute does not separate these images."

    assert "Do not decide by it: absolute does not separate" in card_text(edited(package, "metrics.json", change))


def test_drawn_images_and_leakage_stand_in_plain_sight(package: Path) -> None:
    edited(package, "lineage.json", lambda document: document.update(dataset_notice="These capsules were drawn."))

    def leak(metrics: dict) -> None:
        metrics["scorers"][0]["strategies"][0]["leakage"] = "in_sample"

    card = card_text(edited(package, "metrics.json", leak))
    assert card.splitlines()[2] == "These capsules were drawn."
    assert "Its threshold has seen test images" in card


def test_a_detector_without_a_threshold_says_why(package: Path) -> None:
    def change(metrics: dict) -> None:
        metrics["scorers"][0]["strategies"][0] |= {"cut": None, "problem": "99 normal scores are needed"}

    assert "It has none: 99 normal scores are needed." in card_text(edited(package, "metrics.json", change))


def test_a_stated_licence_is_told(package: Path) -> None:
    edited(package, "lineage.json", lambda document: document.update(dataset_licence="CC BY-NC-SA 4.0"))
    card = card_text(package)
    assert "Licence of the data: CC BY-NC-SA 4.0." in card
    assert "(CC BY-NC-SA 4.0) allows no commercial use" in card
    edited(package, "lineage.json", lambda document: document.update(dataset_licence="CC BY 4.0"))
    assert "allows no commercial use" not in card_text(package)


def test_the_licence_that_the_dataset_states_reaches_the_card(finished: Run, tmp_path: Path) -> None:
    document = finished.document.model_copy(update={"licence": "CC BY-NC-SA 4.0"})
    write_package(Run(finished.folder, document), tmp_path / "licensed")
    assert "Licence of the data: CC BY-NC-SA 4.0." in card_text(tmp_path / "licensed")


class Tags(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.opened: list[str] = []
        self.text = ""

    def handle_starttag(self, tag: str, attributes: object) -> None:
        self.opened.append(tag)

    def handle_data(self, data: str) -> None:
        self.text += data


def test_the_page_is_one_file_with_the_same_words(package: Path) -> None:
    tags = Tags()
    tags.feed(card_text(package, as_page=True))
    assert tags.opened.count("table") == 4
    assert not {"script", "link", "img"} & set(tags.opened)
    for part in sections(package):
        assert part.title in tags.text
        assert all(sentence in tags.text for sentence in part.sentences)


HOSTILE = Section(
    "<b>x</b>", ("<script>alert(1)</script> | [a](javascript:x) `y` # z",), (("a|b", "c"), ("\nd", "<i>"))
)


def test_markup_in_names_stays_text() -> None:
    tags = Tags()
    tags.feed(page([HOSTILE]))
    assert not {"script", "b", "i"} & set(tags.opened)
    text = markdown([HOSTILE])
    assert "\\<script\\>" in text
    assert "\\[a\\](javascript:x) \\`y\\` \\# z" in text
    assert "| a\\|b | c |\n| --- | --- |\n| d | \\<i\\> |" in text


def test_a_package_without_metrics_has_no_card(package: Path) -> None:
    (package / "metrics.json").unlink()
    with pytest.raises(DetectorError, match=r"there is no metrics\.json"):
        card_text(package)
