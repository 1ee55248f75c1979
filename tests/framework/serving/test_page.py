"""The page at `/` in headless Chromium: by mouse and by keyboard, wide and narrow, light and dark."""

from __future__ import annotations

import os
import re
import shutil
import time
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pathlib import Path

FLAGS = ["--no-sandbox", "--disable-background-networking", "--disable-component-update", "--disable-sync"]

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def browser():
    sync_api = pytest.importorskip("playwright.sync_api")
    path = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if path is None:
        pytest.skip("no Chromium on this machine")
    with sync_api.sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=path, args=FLAGS)
        yield started
        started.close()


@pytest.fixture(scope="module")
def running(serving, registry):
    registry.set_alias(registry.resolve("dark:2"), "line")
    registry.set_alias(registry.resolve("dark:1"), "line")
    with serving("dark@line") as served:
        yield served


@pytest.fixture
def page(browser, running):
    """A page that must stay quiet: no error, and no request to anywhere else."""
    noise: list[str] = []
    surroundings = browser.new_context(viewport={"width": 1280, "height": 900})
    surroundings.set_default_timeout(60_000)
    page = surroundings.new_page()
    page.on("console", lambda message: noise.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: noise.append(str(error)))
    page.on("request", lambda request: noise.append(request.url) if not ours(request.url, running) else None)
    page.goto(running.address)
    page.wait_for_selector("#state.ready")
    yield page
    surroundings.close()
    assert noise == []


def ours(url: str, running) -> bool:
    return url.startswith((running.address, "data:", "blob:", "about:srcdoc"))


def until(page, condition: str) -> None:
    """Wait for an expression to hold; Playwright's own waiting is against the page's content security policy."""
    end = time.monotonic() + 60
    while not page.evaluate(condition):
        assert time.monotonic() < end, condition
        page.wait_for_timeout(50)


def choose(page, selector: str, files) -> None:
    with page.expect_file_chooser() as chooser:
        page.locator(selector).focus()
        page.keyboard.press("Enter")
    chooser.value.set_files(files)


def test_images_are_inspected_with_map_and_regions_by_keyboard(page, picture) -> None:
    files = [
        {"name": "good.png", "mimeType": "image/png", "buffer": picture(0.05)},
        {"name": "<b>bad.png", "mimeType": "image/png", "buffer": picture(0.6)},
        {"name": "broken.png", "mimeType": "image/png", "buffer": b"no image"},
    ]
    choose(page, "#choose-files", files)
    until(page, "document.querySelectorAll('.result').length === 3")
    assert page.locator(".result .verdict").all_inner_texts() == ["invalid", "anomalous", "normal"]
    assert page.locator(".result .name").nth(1).inner_text() == "<b>bad.png"  # text, never markup
    assert page.locator(".result img").count() == 2
    page.get_by_role("button", name="Look closer at <b>bad.png").press("Enter")
    assert "<b>bad.png: anomalous" in page.locator("#viewer-title").inner_text()
    assert "1 region stands out" in page.locator("#viewer figcaption").first.inner_text()
    assert page.locator("#viewer rect").count() == 1
    page.keyboard.press("Escape")
    assert not page.locator("#viewer").is_visible()


def test_a_folder_is_inspected(page, picture, tmp_path: Path) -> None:
    (tmp_path / "parts" / "deep").mkdir(parents=True)
    (tmp_path / "parts" / "a.png").write_bytes(picture(0.05))
    (tmp_path / "parts" / "deep" / "b.png").write_bytes(picture(0.7))
    choose(page, "#choose-folder", str(tmp_path / "parts"))
    until(page, "document.querySelectorAll('.result').length === 2")
    names = page.locator(".result .name").all_inner_texts()
    assert sorted(names) == ["parts/a.png", "parts/deep/b.png"]


def test_parts_scores_hours_and_drift_are_shown_as_they_come(page, running, picture) -> None:
    number = running.inspect(picture(0.9), "from-the-line").json()["number"]
    parts = running.client.get("/v1/parts", params={"after": 0}).json()["parts"]
    scored = sum(part["score"] is not None for part in parts)
    until(page, f"document.querySelectorAll('#scores circle').length === {scored}")
    first = page.locator("#parts tr").first.inner_text()
    assert first.split()[0] == str(number)
    assert "from-the-line" in first
    assert "anomalous" in first
    assert page.locator("#hours rect").count() >= 1
    assert re.search(r"\d+ % of \d+ parts were not normal", page.locator("#hours-text").inner_text())
    (monitor,) = running.client.get("/v1/drift").json()["monitors"]
    assert monitor["sentence"] in page.locator("#drift").inner_text()
    assert "dashed line is the threshold" in page.locator("#scores-text").inner_text()
    assert page.evaluate("[number(456.7, 2), number(0.4567, 2), number(4.567e9, 2)]") == ["460", "0.46", "4.6e+9"]
    headings = page.locator("table:has(#parts) thead").inner_text().split()
    assert first.split()[headings.index("verdict")].endswith("anomalous")


def test_the_card_opens_and_a_click_rolls_back(page, running, registry) -> None:
    assert "dark:1" in page.locator("#models h3").inner_text()
    page.locator("#card-dark").click()
    page.frame_locator("#viewer iframe").locator("body").wait_for()
    page.keyboard.press("Escape")
    page.locator("#back-dark").click()
    until(page, "document.querySelector('#models h3').textContent === 'dark:2'")
    assert registry.resolve("dark@line").number == 2
    registry.set_alias(registry.resolve("dark:1"), "line")
    until(page, "document.querySelector('#models h3').textContent === 'dark:1'")


@pytest.mark.parametrize(("width", "scheme"), [(390, "light"), (390, "dark"), (1280, "dark"), (1280, "light")])
def test_nothing_overflows_and_text_is_readable(page, running, picture, width, scheme) -> None:
    for index in range(30):
        running.inspect(picture(0.01 * index, index))
    page.set_viewport_size({"width": width, "height": 900})
    page.emulate_media(color_scheme=scheme)
    until(page, "document.querySelectorAll('#scores circle').length >= 30")
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    ratio = """([fore, back]) => {
        const light = (colour) => colour.match(/[0-9.]+/g).slice(0, 3).map((part) => part / 255)
            .map((part) => (part <= 0.03928 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4))
            .reduce((sum, part, index) => sum + part * [0.2126, 0.7152, 0.0722][index], 0);
        const colour = (selector, key) => getComputedStyle(document.querySelector(selector))[key];
        const pair = [light(colour(fore, "color")), light(colour(back, "backgroundColor"))].sort((a, b) => b - a);
        return (pair[0] + 0.05) / (pair[1] + 0.05);
    }"""
    for text in ("h2", ".hint", "dt", ".verdict.normal", ".verdict.anomalous"):
        assert page.evaluate(ratio, [text, "section"]) >= 4.5, text
    if folder := os.environ.get("ADFW_SCREENSHOTS"):
        page.screenshot(path=f"{folder}/{width}-{scheme}.png", full_page=True)


def test_a_token_is_asked_for_once(browser, serving) -> None:
    with serving(token="secret") as guarded:
        page = browser.new_context().new_page()
        page.set_default_timeout(60_000)
        page.goto(guarded.address)
        page.locator("#token").fill("secret")
        page.keyboard.press("Enter")
        page.wait_for_selector("#models h3")
        assert page.locator("#access").is_hidden()
        page.close()
