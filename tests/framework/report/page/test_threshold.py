"""Moving the threshold: what the page shows is what numpy counts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

if TYPE_CHECKING:
    from playwright.sync_api import Page

    from adfw.report.document import RunDocument
    from adfw.scores import ScoreTable


pytestmark = pytest.mark.browser


def test_it_opens_at_the_shipped_threshold(hand: Any, test_rows: ScoreTable, document: RunDocument) -> None:
    cut = document.scorers[0].strategies[0].cut
    assert cut is not None
    assert hand.threshold() == cut.value
    assert hand.shown() == hand.counted(test_rows)


@pytest.mark.parametrize("place", [0.02, 0.15, 0.3, 0.6, 1.3])
def test_dragging_the_line_counts_as_numpy_does(page: Page, hand: Any, test_rows: ScoreTable, place: float) -> None:
    line = page.locator("#cut-line .grip")
    line.scroll_into_view_if_needed()
    grip, wrap = line.bounding_box(), page.locator("#plot-wrap").bounding_box()
    assert grip is not None
    assert wrap is not None
    before = hand.threshold()
    page.mouse.move(grip["x"] + grip["width"] / 2, grip["y"] + grip["height"] / 2)
    page.mouse.down()
    page.mouse.move(wrap["x"] + wrap["width"] * place, grip["y"] + 40, steps=4)
    page.mouse.up()
    assert hand.threshold() != before
    assert hand.shown() == hand.counted(test_rows)
    moved = line.bounding_box()
    assert moved is not None
    at = min(max(wrap["width"] * place, 56), wrap["width"] - 16)  # the plot's margins
    assert moved["x"] + moved["width"] / 2 == pytest.approx(wrap["x"] + at, abs=2.5)


def test_the_slider_follows_and_leads(page: Page, hand: Any, test_rows: ScoreTable) -> None:
    page.locator("#cut-range").fill("300")
    assert hand.shown() == hand.counted(test_rows)
    assert page.locator("#cut-range").input_value() == "300"


def test_each_arrow_key_changes_one_decision(page: Page, hand: Any, test_rows: ScoreTable) -> None:
    page.locator("#cut-range").focus()
    for key, change in (("ArrowRight", -1), ("ArrowLeft", 1), ("ArrowDown", 1)):
        page.keyboard.press(key)  # from a strategy's cut to a place in the middle of a gap
        hand.settle()
        before = sum(hand.shown()[1::2])
        page.keyboard.press(key)
        assert hand.shown() == hand.counted(test_rows)
        assert sum(hand.shown()[1::2]) == before + change


def test_home_and_end_reach_every_image(page: Page, hand: Any) -> None:
    page.locator("#cut-range").focus()
    page.keyboard.press("Home")
    hand.settle()
    assert hand.shown() == (0, 23, 0, 109)
    page.keyboard.press("End")
    hand.settle()
    assert hand.shown() == (23, 0, 109, 0)
    assert "∞" in hand.text("#sentence")
    page.keyboard.press("PageDown")
    assert hand.threshold() < np.inf


def test_a_typed_threshold_is_taken(page: Page, hand: Any, test_rows: ScoreTable) -> None:
    score = float(np.sort(test_rows.score)[40])
    for cut in (score, float(np.nextafter(score, np.inf))):
        page.locator("#cut-number").fill(repr(cut))
        assert hand.threshold() == cut
        assert hand.shown() == hand.counted(test_rows)


def test_a_threshold_that_is_no_number_is_refused_in_words(page: Page, hand: Any) -> None:
    before = hand.threshold()
    page.locator("#cut-number").fill("many")
    assert "Type a number" in hand.text("#cut-problem")
    assert hand.threshold() == before
    page.locator("#cut-number").fill("0.002")
    assert hand.text("#cut-problem") == ""


def test_recall_by_type_and_thumbnails_follow(page: Page, hand: Any, test_rows: ScoreTable) -> None:
    page.locator("#cut-number").fill("0.0025")
    hand.settle()
    cut = hand.threshold()
    for name in np.unique(test_rows.defect[test_rows.label == 1]):
        scores = test_rows.score[test_rows.defect == name]
        row = page.locator("#by-defect li", has_text=str(name)).inner_text()
        assert f"{int((scores >= cut).sum())} of {len(scores)}" in row
    missed = test_rows.where((test_rows.label == 1) & (test_rows.score < cut))
    assert hand.text("#missed-count") == str(len(missed)) != "0"
    nearest = missed.id[np.argsort(-missed.score)][:18].tolist()
    assert page.locator("#missed .tile-name").all_inner_texts() == nearest
    assert page.locator("#missed img").count() == len(nearest)
    page.locator("#more-missed").click()
    assert page.locator("#missed li").count() == min(len(missed), 54)
    assert page.locator("#alarms .none").inner_text() == "None at this threshold."


def test_another_scorer_brings_its_own_scores(page: Page, hand: Any, tables: dict[str, ScoreTable]) -> None:
    page.get_by_role("radio", name="mse").check()
    assert hand.shown() == hand.counted(tables["mse"].of_split("test"))
    assert page.locator("[data-scorer='1']").first.is_visible()
    assert not page.locator("[data-scorer='0']").first.is_visible()


def test_the_sentence_is_announced(page: Page) -> None:
    page.locator("#cut-range").focus()
    page.keyboard.press("End")
    page.wait_for_function("document.querySelector('#live-sentence').textContent.includes('109 of 109')")
    assert "109 of 109 defects missed" in (page.locator("#cut-range").get_attribute("aria-valuetext") or "")


def test_controls_have_names_and_are_reached_by_tab(page: Page) -> None:
    named = "(e) => e.labels?.length || e.ariaLabel || e.textContent.trim()"
    unnamed = f"[...document.querySelectorAll('input, button')].filter((e) => !({named})(e)).length"
    assert page.evaluate(unnamed) == 0
    page.locator("#prevalence").focus()
    reached = []
    for _ in range(4):
        page.keyboard.press("Tab")
        reached.append(page.evaluate("document.activeElement.id"))
    assert "cut-range" in reached


def test_a_picture_of_the_gallery_is_enlarged_with_its_outline(page: Page, document: RunDocument) -> None:
    item = next(item for item in document.gallery if item.mask_outline)
    figure = page.locator(".item", has_text=item.id).locator("figure", has_text="Marked defect")
    figure.get_by_role("button").focus()
    page.keyboard.press("Enter")
    assert page.locator("#enlarged img").count() == 2
    assert page.locator("#enlarged-picture figcaption").inner_text() == f"{item.id}: Marked defect"
    page.keyboard.press("Escape")
    assert not page.locator("#enlarged").is_visible()
