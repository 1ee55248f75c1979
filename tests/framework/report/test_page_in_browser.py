"""The page as a user meets it; numbers are compared with numpy's."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from adfw.report.html import render
from adfw.scores import ScoreTable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from contextlib import AbstractContextManager
    from pathlib import Path

    import numpy.typing as npt
    from playwright.sync_api import Page

    from adfw.report.document import RunDocument

    Opened = Callable[..., AbstractContextManager[Page]]

pytestmark = pytest.mark.browser

LABEL = "ssim(pooling=max)"


@pytest.fixture(scope="module")
def path(document: RunDocument, tables: dict[str, ScoreTable], run_folder: Path) -> Path:
    folder = run_folder / "Läufe & more"
    folder.mkdir()
    (folder / "report.html").write_text(render(document, tables, run_folder), encoding="utf-8")
    return folder / "report.html"


@pytest.fixture(scope="module")
def shared(opened: Opened, path: Path) -> Iterator[Page]:
    with opened(path) as page:
        yield page


@pytest.fixture
def page(shared: Page) -> Page:
    shared.set_viewport_size({"width": 1280, "height": 900})
    shared.locator("input[name=scorer]").first.check()
    shared.locator("#cost-reset").click()
    shared.locator("#presets button").first.click()
    settle(shared)
    return shared


@pytest.fixture(scope="module")
def test_rows(tables: dict[str, ScoreTable]) -> ScoreTable:
    return tables[LABEL].of_split("test")


def settle(page: Page) -> None:
    """Wait until what the last event asked for is drawn."""
    page.evaluate("new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")


def threshold(page: Page) -> float:
    settle(page)
    return float(page.locator("#cut-range").get_attribute("data-threshold") or "nan")


def shown(page: Page) -> tuple[int, ...]:
    settle(page)
    return tuple(int(page.locator(f"#count-{key}").inner_text()) for key in ("tn", "fp", "fn", "tp"))


def counted(rows: ScoreTable, cut: float) -> tuple[int, ...]:
    flagged = rows.score >= np.float64(cut)
    return tuple(int((flagged == verdict)[rows.label == label].sum()) for label in (0, 1) for verdict in (False, True))


def cheapest(rows: ScoreTable, miss: float, alarm: float, prevalence: float) -> float:
    """Return the least cost of 1,000 parts over every threshold there is, by brute force."""
    costs = []
    for cut in (*rows.score, np.inf):
        flagged = rows.score >= cut
        fnr, fpr = 1 - flagged[rows.label == 1].mean(), flagged[rows.label == 0].mean()
        costs.append(1000 * (prevalence * miss * fnr + (1 - prevalence) * alarm * fpr))
    return float(min(costs))


def state_costs(page: Page, miss: float, alarm: float, percent: float) -> None:
    for name, value in (("cost-fn", miss), ("cost-fp", alarm), ("prevalence", percent)):
        page.locator(f"#{name}").fill(str(value))
    settle(page)


def test_it_opens_at_the_shipped_threshold(page: Page, test_rows: ScoreTable, document: RunDocument) -> None:
    cut = document.scorers[0].strategies[0].cut
    assert cut is not None
    assert threshold(page) == cut.value
    assert shown(page) == counted(test_rows, threshold(page))


@pytest.mark.parametrize("place", [0.02, 0.15, 0.3, 0.6, 1.3])
def test_dragging_the_line_counts_as_numpy_does(page: Page, test_rows: ScoreTable, place: float) -> None:
    line = page.locator("#cut-line .grip")
    line.scroll_into_view_if_needed()
    grip, wrap = line.bounding_box(), page.locator("#plot-wrap").bounding_box()
    assert grip is not None
    assert wrap is not None
    before = threshold(page)
    page.mouse.move(grip["x"] + grip["width"] / 2, grip["y"] + grip["height"] / 2)
    page.mouse.down()
    page.mouse.move(wrap["x"] + wrap["width"] * place, grip["y"] + 40, steps=4)
    page.mouse.up()
    assert threshold(page) != before
    assert shown(page) == counted(test_rows, threshold(page))
    moved = line.bounding_box()
    assert moved is not None
    at = min(max(wrap["width"] * place, 56), wrap["width"] - 16)  # the plot's margins
    assert moved["x"] + moved["width"] / 2 == pytest.approx(wrap["x"] + at, abs=2.5)


def test_the_slider_follows_and_leads(page: Page, test_rows: ScoreTable) -> None:
    page.locator("#cut-range").fill("300")
    assert shown(page) == counted(test_rows, threshold(page))
    assert page.locator("#cut-range").input_value() == "300"


def test_each_arrow_key_changes_one_decision(page: Page, test_rows: ScoreTable) -> None:
    page.locator("#cut-range").focus()
    for key, change in (("ArrowRight", -1), ("ArrowLeft", 1), ("ArrowDown", 1)):
        page.keyboard.press(key)  # from a strategy's cut to a place in the middle of a gap
        settle(page)
        before = sum(shown(page)[1::2])
        page.keyboard.press(key)
        assert shown(page) == counted(test_rows, threshold(page))
        assert sum(shown(page)[1::2]) == before + change


def test_home_and_end_reach_every_image(page: Page) -> None:
    page.locator("#cut-range").focus()
    page.keyboard.press("Home")
    settle(page)
    assert shown(page) == (0, 23, 0, 109)
    page.keyboard.press("End")
    settle(page)
    assert shown(page) == (23, 0, 109, 0)
    assert "∞" in page.locator("#sentence").inner_text()
    page.keyboard.press("PageDown")
    assert threshold(page) < np.inf


def test_a_typed_threshold_is_taken(page: Page, test_rows: ScoreTable) -> None:
    score = float(np.sort(test_rows.score)[40])
    for cut in (score, float(np.nextafter(score, np.inf))):
        page.locator("#cut-number").fill(repr(cut))
        assert threshold(page) == cut
        assert shown(page) == counted(test_rows, cut)


def test_a_threshold_that_is_no_number_is_refused_in_words(page: Page) -> None:
    before = threshold(page)
    page.locator("#cut-number").fill("many")
    assert "Type a number" in page.locator("#cut-problem").inner_text()
    assert threshold(page) == before
    page.locator("#cut-number").fill("0.002")
    assert page.locator("#cut-problem").inner_text() == ""


@pytest.mark.parametrize(("miss", "alarm", "percent"), [(100, 1, 1), (1, 1, 50), (5, 20, 0.1), (1000, 1, 10)])
def test_the_best_threshold_is_brute_forces(
    page: Page, test_rows: ScoreTable, miss: float, alarm: float, percent: float
) -> None:
    state_costs(page, miss, alarm, percent)
    page.locator("#go-best").click()
    best = cheapest(test_rows, miss, alarm, percent / 100)
    tn, fp, fn, tp = counted(test_rows, threshold(page))
    cost = 1000 * (percent / 100 * miss * fn / (fn + tp) + (1 - percent / 100) * alarm * fp / (fp + tn))
    assert cost == pytest.approx(best)
    assert page.locator("#live-cost").inner_text() == written(best)
    assert f"at {written(best)} per 1,000 parts" in page.locator("#best").inner_text()


def written(cost: float) -> str:
    return f"{cost:,.0f}" if cost >= 100 else f"{float(f'{cost:.3g}'):g}"


def test_costs_of_random_scores_agree_with_brute_force(page: Page) -> None:
    random = np.random.default_rng(5)
    for _ in range(30):
        size = int(random.integers(2, 40))
        labels = np.append([0, 1], random.integers(0, 2, size))
        scores = np.round(random.normal(size=size + 2) + labels, 1)
        rows = ScoreTable.of([(str(i), "test", int(labels[i]), "", float(scores[i])) for i in range(size + 2)])
        costs = {"miss": float(random.uniform(0, 50)), "alarm": 1.0, "prevalence": float(random.uniform(0.01, 0.9))}
        found = cheapest_in_page(page, labels, scores, costs)
        assert found["cost"] == pytest.approx(cheapest(rows, costs["miss"], 1.0, costs["prevalence"]))


def test_of_equal_costs_the_highest_threshold_is_taken(page: Page) -> None:
    labels, scores = np.array([0, 1, 0, 1]), np.array([1.0, 2.0, 2.0, 3.0])
    found = cheapest_in_page(page, labels, scores, {"miss": 1, "alarm": 1, "prevalence": 0.5})
    assert found["cut"] == 2.5


def test_an_infinite_score_is_rejected_by_every_threshold(page: Page) -> None:
    call = "Decisions.candidates([0, 1, 1], [Infinity, 0.5, Infinity]).map(({ cut, tp, fp }) => [String(cut), tp, fp])"
    assert page.evaluate(call) == [["Infinity", 1, 1], ["0.5", 2, 1]]


def cheapest_in_page(
    page: Page, labels: npt.NDArray[np.int64], scores: npt.NDArray[np.float64], costs: dict[str, float]
) -> Any:
    call = "([labels, scores, costs]) => Decisions.cheapest(Decisions.candidates(labels, scores), costs)"
    return page.evaluate(call, [labels.tolist(), scores.tolist(), costs])


def test_dearer_misses_move_the_star_to_the_left(page: Page) -> None:
    places = []
    for miss in (1, 30, 1000):
        state_costs(page, miss, 1, 2)
        page.locator("#go-best").click()
        places.append(threshold(page))
    assert places == sorted(places, reverse=True)
    assert places[0] > places[2]


@pytest.mark.parametrize(
    ("miss", "alarm", "percent", "problem"),
    [("5", "", "1", "State all three"), ("-1", "1", "1", "zero or more"), ("5", "1", "101", "between 0 and 100")],
)
def test_costs_that_are_none_are_refused_in_words(
    page: Page, miss: str, alarm: str, percent: str, problem: str
) -> None:
    for name, text in (("cost-fn", miss), ("cost-fp", alarm), ("prevalence", percent)):
        page.locator(f"#{name}").fill(text)
    assert problem in page.locator("#cost-problem").inner_text()
    settle(page)
    assert page.locator("#live-cost").inner_text() == "state the costs"


def test_a_threshold_no_better_than_no_inspection_is_called_so(page: Page) -> None:
    state_costs(page, 0, 1000, 1)
    assert "no better than no inspection at all" in page.locator("#best").inner_text()


def test_recall_by_type_and_thumbnails_follow(page: Page, test_rows: ScoreTable) -> None:
    page.locator("#cut-number").fill("0.0025")
    settle(page)
    cut = threshold(page)
    for name in np.unique(test_rows.defect[test_rows.label == 1]):
        scores = test_rows.score[test_rows.defect == name]
        row = page.locator("#by-defect li", has_text=str(name)).inner_text()
        assert f"{int((scores >= cut).sum())} of {len(scores)}" in row
    missed = test_rows.where((test_rows.label == 1) & (test_rows.score < cut))
    assert page.locator("#missed-count").inner_text() == str(len(missed)) != "0"
    nearest = missed.id[np.argsort(-missed.score)][:18].tolist()
    assert page.locator("#missed .tile-name").all_inner_texts() == nearest
    assert page.locator("#missed img").count() == len(nearest)
    page.locator("#more-missed").click()
    assert page.locator("#missed li").count() == min(len(missed), 54)
    assert page.locator("#alarms .none").inner_text() == "None at this threshold."


def test_another_scorer_brings_its_own_scores(page: Page, tables: dict[str, ScoreTable]) -> None:
    page.get_by_role("radio", name="mse").check()
    assert shown(page) == counted(tables["mse"].of_split("test"), threshold(page))
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


@pytest.mark.parametrize("width", [320, 390, 768, 1024, 1280])
def test_no_width_scrolls_sideways(shared: Page, width: int) -> None:
    shared.set_viewport_size({"width": width, "height": 844})
    shared.wait_for_function("document.querySelector('#histogram .main-svg').clientWidth <= innerWidth")
    assert shared.evaluate("document.documentElement.scrollWidth") <= width


def test_dark_and_print_change_the_colours(opened: Opened, path: Path) -> None:
    with opened(path, color_scheme="dark") as page:
        dark = colours(page)
        page.emulate_media(media="print")
        page.wait_for_function(
            "getComputedStyle(document.querySelector('#roc .xtick text')).fill === 'rgb(17, 17, 17)'"
        )
        assert colours(page) == {"ground": "rgb(255, 255, 255)", "text": "rgb(17, 17, 17)", "chart": "rgb(17, 17, 17)"}
        assert not page.locator("#cut-range").is_visible()
        assert page.locator("#histogram").is_visible()
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
    with opened(path, viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True) as page:
        line = page.locator("#cut-line")
        line.scroll_into_view_if_needed()
        box = line.bounding_box()
        assert box is not None
        before = threshold(page)
        x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
        session = page.context.new_cdp_session(page)
        for kind, shift in (("touchStart", 0), ("touchMove", 40), ("touchMove", 80), ("touchEnd", None)):
            points = [] if shift is None else [{"x": x + shift, "y": y}]
            session.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})
        assert threshold(page) > before
        assert shown(page) == counted(test_rows, threshold(page))


def test_without_scripts_the_tables_are_there(opened: Opened, path: Path) -> None:
    with opened(path, ready="true", java_script_enabled=False) as page:
        assert page.get_by_role("cell", name="needs 999 normal images, has 24").count() == 2
        assert not page.locator("#explore").is_visible()


def test_strange_scores_and_names_do_no_harm(
    opened: Opened, document: RunDocument, run_folder: Path, tmp_path: Path
) -> None:
    evil = "<img src=x onerror=alert(1)><script>alert(2)</script>"
    rows = [(evil, "test", 0, "", 0.5), ("broken", "test", 0, "", np.nan), (f"{evil}/1", "test", 1, evil, np.inf)]
    rows += [("low", "test", 1, evil, 0.25)]
    scorer = document.scorers[0].model_copy(update={"label": evil})
    odd = document.model_copy(
        update={"name": evil, "recipe": {}, "scorers": (scorer,), "gallery": (), "thumbnails": {}, "history": ()}
    )
    (tmp_path / "odd.html").write_text(render(odd, {evil: ScoreTable.of(rows)}, run_folder), encoding="utf-8")
    with opened(tmp_path / "odd.html") as page:
        page.locator("#cut-number").fill("0.4")
        settle(page)
        assert shown(page) == (0, 1, 1, 1)
        assert "1 image has no score" in page.locator("#invalid-note").inner_text()
        assert evil in page.locator("#alarms .tile-name").inner_text()
        page.locator("#cut-number").fill("Infinity")
        settle(page)
        assert shown(page) == (1, 0, 1, 1)
        assert "State what a missed defect" in page.locator("#best").inner_text()
        page.locator("#cost-reset").click()
        settle(page)
        assert page.locator("#live-cost").inner_text() == "500"


def test_a_cut_far_from_all_scores_stands_at_the_edge(
    opened: Opened, document: RunDocument, tables: dict[str, ScoreTable], run_folder: Path, tmp_path: Path
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
    (tmp_path / "far.html").write_text(render(changed, tables, run_folder), encoding="utf-8")
    with opened(tmp_path / "far.html") as page:
        assert shown(page) == (23, 0, 109, 0)
        assert page.locator("#histogram .annotation-text").all_text_contents()[-3:] == ["3", "1 ▸", "2 ▸"]
        page.locator("#presets button", has_text="never").click()
        assert threshold(page) == np.inf
        ends = page.locator("#histogram .xtick text").all_text_contents()
        assert max(float(text) for text in ends) < 0.01


@pytest.mark.parametrize("label", [0, 1])
def test_one_class_has_no_price_and_says_so(
    opened: Opened, document: RunDocument, run_folder: Path, tmp_path: Path, label: int
) -> None:
    table = ScoreTable.of([(str(i), "test", label, "crack" if label else "", 0.001) for i in range(3)])
    one = document.model_copy(update={"scorers": document.scorers[:1]})
    (tmp_path / "one.html").write_text(render(one, {LABEL: table}, run_folder), encoding="utf-8")
    with opened(tmp_path / "one.html") as page:
        assert "no threshold has a price" in page.locator("#best").inner_text()
        assert page.locator("#live-alarm" if label else "#live-recall").inner_text() == "undefined"
        assert "NaN" not in page.inner_text("main")


def test_a_picture_of_the_gallery_is_enlarged_with_its_outline(page: Page, document: RunDocument) -> None:
    item = next(item for item in document.gallery if item.mask_outline)
    figure = page.locator(".item", has_text=item.id).locator("figure", has_text="Marked defect")
    figure.get_by_role("button").focus()
    page.keyboard.press("Enter")
    assert page.locator("#enlarged img").count() == 2
    assert page.locator("#enlarged-picture figcaption").inner_text() == f"{item.id}: Marked defect"
    page.keyboard.press("Escape")
    assert not page.locator("#enlarged").is_visible()
