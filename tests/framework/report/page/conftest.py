"""A page of the report in headless Chromium, and a hand that moves its threshold and reads what it shows."""

from __future__ import annotations

import shutil
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from adfw.report.html import render

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from contextlib import AbstractContextManager
    from pathlib import Path

    from playwright.sync_api import Browser, Page

    from adfw.report.document import RunDocument
    from adfw.scores import ScoreTable

FLAGS = ["--no-sandbox", "--disable-background-networking", "--disable-component-update", "--disable-sync"]
READY = "document.querySelector('#count-tn')?.textContent !== '' && document.querySelector('#roc .main-svg')"


@dataclass(frozen=True)
class Hand:
    """Reads a page once what the last event asked for is drawn."""

    page: Page

    def settle(self) -> None:
        self.page.evaluate("new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")

    def threshold(self) -> float:
        self.settle()
        return float(self.page.locator("#cut-range").get_attribute("data-threshold") or "nan")

    def shown(self) -> tuple[int, ...]:
        """Return the counts on the page: good passed, good rejected, defective passed, defective rejected."""
        self.settle()
        return tuple(int(self.text(f"#count-{key}")) for key in ("tn", "fp", "fn", "tp"))

    def counted(self, rows: ScoreTable) -> tuple[int, ...]:
        """Return the counts by numpy."""
        flagged = rows.score >= np.float64(self.threshold())
        return tuple(
            int((flagged == verdict)[rows.label == label].sum()) for label in (0, 1) for verdict in (False, True)
        )

    def text(self, selector: str) -> str:
        return self.page.locator(selector).inner_text()

    def state_costs(self, miss: object, alarm: object, percent: object) -> None:
        for name, value in (("cost-fn", miss), ("cost-fp", alarm), ("prevalence", percent)):
            self.page.locator(f"#{name}").fill(str(value))
        self.settle()


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Start the system's Chromium; skips the test where it, or Playwright, is absent."""
    sync_api = pytest.importorskip("playwright.sync_api")
    path = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if path is None:
        pytest.skip("no Chromium on this machine")
    with sync_api.sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=path, args=FLAGS)
        yield started
        started.close()


@pytest.fixture(scope="module")
def opened(browser: Browser) -> Callable[..., AbstractContextManager[Hand]]:
    """Open pages from disk, which must stay quiet: no message, no error, no request but for the file itself."""

    @contextmanager
    def open_page(path: Path, *, ready: str = READY, **context: Any) -> Iterator[Hand]:
        noise: list[str] = []
        surroundings = browser.new_context(**({"viewport": {"width": 1280, "height": 900}} | context))
        surroundings.set_default_timeout(120_000)  # a busy machine is no failure
        page = surroundings.new_page()
        page.on("console", lambda message: noise.append(f"console: {message.text}"))
        page.on("pageerror", lambda error: noise.append(f"error: {error}"))
        page.on("dialog", lambda dialog: noise.append(f"dialog: {dialog.message}"))
        page.on("request", lambda request: noise.append(f"request: {request.url}"))
        page.goto(path.as_uri())
        page.wait_for_function(ready)
        yield Hand(page)
        surroundings.close()
        assert [entry for entry in noise if not entry.startswith("request: data:")] == [f"request: {path.as_uri()}"]

    return open_page


@pytest.fixture(scope="module")
def saved(run_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Path]:
    """Save the page of a document and its score tables in a folder of its own."""

    def save(document: RunDocument, tables: dict[str, ScoreTable]) -> Path:
        path = tmp_path_factory.mktemp("Läufe & more") / "report.html"
        path.write_text(render(document, tables, run_folder), encoding="utf-8")
        return path

    return save


@pytest.fixture(scope="module")
def path(saved: Callable[..., Path], document: RunDocument, tables: dict[str, ScoreTable]) -> Path:
    return saved(document, tables)


@pytest.fixture(scope="module")
def shared(opened: Callable[..., AbstractContextManager[Hand]], path: Path) -> Iterator[Hand]:
    with opened(path) as hand:
        yield hand


@pytest.fixture
def hand(shared: Hand) -> Hand:
    """Return the page as it was opened: first scorer, its first threshold, the recipe's costs."""
    shared.page.set_viewport_size({"width": 1280, "height": 900})
    shared.page.locator("input[name=scorer]").first.check()
    shared.page.locator("#cost-reset").click()
    shared.page.locator("#presets button").first.click()
    shared.settle()
    return shared


@pytest.fixture
def page(hand: Hand) -> Page:
    return hand.page


@pytest.fixture(scope="module")
def test_rows(tables: dict[str, ScoreTable]) -> ScoreTable:
    """Return the test images of the first scorer."""
    return next(iter(tables.values())).of_split("test")
