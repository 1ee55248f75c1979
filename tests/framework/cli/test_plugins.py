from __future__ import annotations

import json
from typing import Literal

import pytest

from adfw import Catalog, Component, Scorer
from adfw.catalog import Entry, Fault, Source
from adfw.cli import main

Capture = pytest.CaptureFixture[str]


class BlurConfig(Component[Scorer]):
    """Differences after blurring, a docstring that is too long for a single line of a terminal of forty columns."""

    name: Literal["blur"] = "blur"

    def build(self):
        return None


STRANGER = Source("blurs", "stranger-blurs", "0.3")
CATALOG = Catalog(
    (Entry("scorer", "blur", BlurConfig, STRANGER),),
    (Fault(Source("lost", "lost-plugin", "2.0"), "ImportError: No module named 'cv2'"),),
)


@pytest.fixture(autouse=True)
def installed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Catalog, "discover", classmethod(lambda cls: CATALOG))


def lines(capsys: Capture, *words: str) -> list[str]:
    assert main(["plugins", *words]) == 0
    return [line.rstrip() for line in capsys.readouterr().out.splitlines()]


def test_the_list_is_a_line_for_each_component_and_each_broken_plugin(capsys: Capture) -> None:
    assert [line.split(maxsplit=4) for line in lines(capsys)] == [
        ["kind", "name", "distribution", "version", "description"],
        ["scorer", "blur", "stranger-blurs", "0.3", BlurConfig.summary()],
        ["broken:", "lost", "of", "lost-plugin", "2.0: ImportError: No module named 'cv2'"],
    ]


def test_a_narrow_terminal_shows_the_same_below_each_other(monkeypatch: pytest.MonkeyPatch, capsys: Capture) -> None:
    monkeypatch.setenv("COLUMNS", "40")
    page = lines(capsys)
    assert page[0] == "scorer blur (stranger-blurs 0.3)"
    assert max(map(len, page)) <= 40
    assert " ".join(" ".join(page).split()) == (
        f"scorer blur (stranger-blurs 0.3) {BlurConfig.summary()} "
        "broken: lost of lost-plugin 2.0: ImportError: No module named 'cv2'"
    )


def test_json_holds_the_same(capsys: Capture) -> None:
    document = json.loads("\n".join(lines(capsys, "--json")))
    (component,), (broken,) = document["components"], document["broken"]
    assert component == {
        "kind": "scorer",
        "name": "blur",
        "plugin": "blurs",
        "distribution": "stranger-blurs",
        "version": "0.3",
        "summary": BlurConfig.summary(),
    }
    assert broken["reason"] == "ImportError: No module named 'cv2'"
    assert broken["distribution"] == "lost-plugin"


def test_show_prints_the_page_of_a_component(capsys: Capture) -> None:
    page = lines(capsys, "show", "blur")
    assert page[0] == f"blur: a scorer of stranger-blurs 0.3 ({__name__}.BlurConfig)"
    assert BlurConfig.summary() in page
    assert lines(capsys, "show", "scorer:blur") == page


@pytest.mark.parametrize(("name", "answer"), [("blurr", "did you mean 'blur'?"), ("lost", "No module named 'cv2'")])
def test_show_says_why_there_is_no_page(name: str, answer: str, capsys: Capture) -> None:
    assert main(["plugins", "show", name]) == 2
    assert answer in capsys.readouterr().err
