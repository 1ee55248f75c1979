"""The page on other screens, on paper, without scripts, and with strange runs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from adfw.scores import ScoreTable

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractContextManager
    from pathlib import Path

    from playwright.sync_api import Page

    from adfw.report.document import RunDocument

    Opened = Callable[..., AbstractContextManager[Any]]

pytestmark = pytest.mark.browser

LABEL = "ssim(pooling=max)"


@pytest.mark.parametrize("width", [320, 390, 768, 1024, 1280])
def test_no_width_scrolls_sideways(page: Page, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 844})
    page.wait_for_function("document.querySelector('#histogram .main-svg').clientWidth <= innerWidth")
    assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_dark_and_print_change_the_colours(opened: Opened, path: Path) -> None:
    with opened(path, color_scheme="dark") as hand:
        dark = colours(hand.page)
        hand.page.emulate_media(media="print")
        hand.page.wait_for_function(
            "getComputedStyle(document.querySelector('#roc .xtick text')).fill === 'rgb(17, 17, 17)'"
        )
        assert colours(hand.page) == {
            "ground": "rgb(255, 255, 255)",
            "text": "rgb(17, 17, 17)",
            "chart": "rgb(17, 17, 17)",
        }
        assert not hand.page.locator("#cut-range").is_visible()
        assert hand.page.locator("#histogram").is_visible()
    assert dark == {"ground": "rgb(17, 22, 29)", "text": "rgb(230, 235, 242)", "chart": "rgb(230, 235, 242)"}


def colours(page: Page) -> dict[str, str]:
    read = """() => {
        const style = (selector, name) => getComputedStyle(document.querySelector(selector))[name];
        return {
            ground: style("body", "backgroundColor"),
            text: style("body", "color"),
            chart: style("#roc .xtick text", "fill"),
        };
    }"""
    found: dict[str, str] = page.evaluate(read)
    return found


def test_a_phone_drags_with_a_finger(opened: Opened, path: Path, test_rows: ScoreTable) -> None:
    with opened(path, viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True) as hand:
        line = hand.page.locator("#cut-line")
        line.scroll_into_view_if_needed()
        box = line.bounding_box()
        assert box is not None
        before = hand.threshold()
        x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
        session = hand.page.context.new_cdp_session(hand.page)
        for kind, shift in (("touchStart", 0), ("touchMove", 40), ("touchMove", 80), ("touchEnd", None)):
            points = [] if shift is None else [{"x": x + shift, "y": y}]
            session.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})
        assert hand.threshold() > before
        assert hand.shown() == hand.counted(test_rows)


def test_without_scripts_the_tables_are_there(opened: Opened, path: Path) -> None:
    with opened(path, ready="true", java_script_enabled=False) as hand:
        assert hand.page.get_by_role("cell", name="needs 999 normal images, has 24").count() == 2
        assert not hand.page.locator("#explore").is_visible()


def test_strange_scores_and_names_do_no_harm(opened: Opened, saved: Callable[..., Path], document: RunDocument) -> None:
    evil = "<img src=x onerror=alert(1)><script>alert(2)</script>"
    rows = [(evil, "test", 0, "", 0.5), ("broken", "test", 0, "", np.nan), (f"{evil}/1", "test", 1, evil, np.inf)]
    rows += [("low", "test", 1, evil, 0.25)]
    scorer = document.scorers[0].model_copy(update={"label": evil})
    odd = document.model_copy(
        update={"name": evil, "recipe": {}, "scorers": (scorer,), "gallery": (), "thumbnails": {}, "history": ()}
    )
    with opened(saved(odd, {evil: ScoreTable.of(rows)})) as hand:
        hand.page.locator("#cut-number").fill("0.4")
        hand.settle()
        assert hand.shown() == (0, 1, 1, 1)
        assert "1 image has no score" in hand.text("#invalid-note")
        assert evil in hand.page.locator("#alarms .tile-name").inner_text()
        hand.page.locator("#cut-number").fill("Infinity")
        hand.settle()
        assert hand.shown() == (1, 0, 1, 1)
        assert "State what a missed defect" in hand.text("#best")
        hand.page.locator("#cost-reset").click()
        hand.settle()
        assert hand.text("#live-cost") == "500"


def test_a_cut_far_from_all_scores_stands_at_the_edge(
    opened: Opened, saved: Callable[..., Path], document: RunDocument, tables: dict[str, ScoreTable]
) -> None:
    strategy = document.scorers[0].strategies[0]
    assert strategy.cut is not None
    cuts = {
        "far": strategy.cut.model_copy(update={"value": 5.0, "exact": (5.0).hex()}),
        "never": strategy.cut.model_copy(update={"kind": "never", "value": None, "exact": None}),
        "band": strategy.cut.model_copy(update={"review_from": (0.001).hex()}),
    }
    strategies = [strategy.model_copy(update={"label": label, "cut": cut}) for label, cut in cuts.items()]
    scorer = document.scorers[0].model_copy(update={"strategies": tuple(strategies)})
    changed = document.model_copy(update={"scorers": (scorer,)})
    with opened(saved(changed, tables)) as hand:
        assert hand.shown() == (23, 0, 109, 0)
        assert hand.page.locator("#histogram .annotation-text").all_text_contents()[-3:] == ["3", "1 ▸", "2 ▸"]
        hand.page.locator("#presets button", has_text="never").click()
        assert hand.threshold() == np.inf
        ends = hand.page.locator("#histogram .xtick text").all_text_contents()
        assert max(float(text) for text in ends) < 0.01


@pytest.mark.parametrize("label", [0, 1])
def test_one_class_has_no_price_and_says_so(
    opened: Opened, saved: Callable[..., Path], document: RunDocument, label: int
) -> None:
    table = ScoreTable.of([(str(i), "test", label, "crack" if label else "", 0.001) for i in range(3)])
    one = document.model_copy(update={"scorers": document.scorers[:1]})
    with opened(saved(one, {LABEL: table})) as hand:
        assert "no threshold has a price" in hand.text("#best")
        assert hand.page.locator("#live-alarm" if label else "#live-recall").inner_text() == "undefined"
        assert "NaN" not in hand.page.inner_text("main")
