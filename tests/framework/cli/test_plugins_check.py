from __future__ import annotations

import json
from typing import Literal

import pytest

from adfw import Catalog, Component, Scorer, ScorerTraits, resize_maps
from adfw.catalog import Entry, Fault, Source
from adfw.cli import main, plugins_check

Capture = pytest.CaptureFixture[str]
STRANGER = Source("blurs", "stranger-blurs", "0.3")


class Largest(Scorer):
    traits = ScorerTraits(symmetric=True)
    expected_failures = {"pickled": "it is defined in a test"}  # noqa: RUF012

    def __reduce__(self):
        raise TypeError("not to be pickled")

    def maps(self, evidence, size):
        return resize_maps((evidence[0].observed - evidence[0].expected).abs().amax(1), size)

    def score(self, maps):
        return maps.amax((1, 2))


class Signed(Largest):
    def maps(self, evidence, size):
        return resize_maps((evidence[0].observed - evidence[0].expected).sum(1), size)


class LargestConfig(Component[Scorer]):
    """The largest absolute difference."""

    name: Literal["largest"] = "largest"
    signed: bool = False

    def build(self):
        return Signed() if self.signed else Largest()


class NeedyConfig(LargestConfig):
    """Needs a file."""

    name: Literal["needy"] = "needy"
    path: str


class BrokenConfig(LargestConfig):
    """Cannot be built."""

    name: Literal["broken"] = "broken"

    def build(self):
        raise RuntimeError("no licence")


def install(monkeypatch, *configs, faults=()):
    entries = tuple(Entry("scorer", config.component_name(), config, STRANGER) for config in configs)
    monkeypatch.setattr(Catalog, "discover", classmethod(lambda cls: Catalog(entries, faults)))


def check(capsys: Capture, *words: str) -> tuple[int, str]:
    code = main(["plugins", "check", "--profile", "quick", *words])
    streams = capsys.readouterr()
    return code, streams.out + streams.err


def test_one_component_in_full(monkeypatch: pytest.MonkeyPatch, capsys: Capture) -> None:
    install(monkeypatch, LargestConfig)
    code, page = check(capsys, "largest")
    assert code == 0
    assert page.startswith("scorer largest: ")
    assert "1 expected (kit 1.0)" in page
    assert "it is defined in a test (it raises TypeError: not to be pickled)" in page
    assert "hint" in page


def test_a_failure_is_told_with_its_smallest_example(monkeypatch: pytest.MonkeyPatch, capsys: Capture) -> None:
    install(monkeypatch, LargestConfig)
    code, page = check(capsys, "largest", "--set", "signed=true")
    assert code == 1
    assert "a map is negative: -" in page
    assert "smallest example: evidence 1 x 1 x 1 x 1 of texture" in page


def test_a_narrow_terminal_gets_lines_instead_of_a_table(monkeypatch: pytest.MonkeyPatch, capsys: Capture) -> None:
    install(monkeypatch, LargestConfig)
    monkeypatch.setenv("COLUMNS", "60")
    _, page = check(capsys, "largest", "--set", "signed=true")
    lines = page.splitlines()
    assert max(map(len, lines)) <= 60
    assert any(line.startswith("fail finite_and_nonnegative: a map is negative: -") for line in lines)
    assert any(line.startswith("  smallest example: evidence 1 x 1 x 1 x 1") for line in lines)
    assert any(line.startswith("hint: ") for line in lines)


def test_all_of_them_and_what_cannot_be_checked(monkeypatch: pytest.MonkeyPatch, capsys: Capture) -> None:
    fault = Fault(Source("lost", "lost-plugin", "2.0"), "ImportError: No module named 'cv2'")
    install(monkeypatch, LargestConfig, NeedyConfig, BrokenConfig, faults=(fault,))
    code, page = check(capsys, "--all")
    assert code == 1
    assert "scorer largest: " in page
    assert "not checked: scorer needy: has no example to check, since it needs --set path=..." in page
    assert "build() raises RuntimeError: no licence" in page
    assert "broken: lost of lost-plugin 2.0: ImportError" in page


def test_json_holds_the_same(monkeypatch: pytest.MonkeyPatch, capsys: Capture) -> None:
    install(monkeypatch, LargestConfig, NeedyConfig)
    code, page = check(capsys, "--all", "--json")
    document = json.loads(page)
    assert (code, document["failed"], len(document["unchecked"])) == (0, 0, 1)
    (report,) = document["reports"]
    assert (report["kind"], report["component"], report["kit"]) == ("scorer", "largest", "1.0")
    assert {result["outcome"] for result in report["results"]} == {"pass", "expected"}


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        ((), "name one component, or write --all"),
        (("--all", "largest"), "name one component, or write --all"),
        (("--all", "--set", "a=1"), "name it instead of --all"),
        (("largest", "--profile", "slow"), "--profile is one of quick, ci, thorough"),
        (("nonsense",), "there is no component 'nonsense'"),
        (("needy",), "it needs --set path=..."),
        (("largest", "--set", "sined=1"), "sined: Extra inputs are not permitted"),
        (("largest", "--set", "signed"), "write it as --set field=value"),
    ],
)
def test_wrong_words_are_refused_in_a_sentence(
    words: tuple[str, ...], sentence: str, monkeypatch: pytest.MonkeyPatch, capsys: Capture
) -> None:
    install(monkeypatch, LargestConfig, NeedyConfig)
    code, page = check(capsys, *words)
    assert code == 2
    assert sentence in page


def test_without_hypothesis_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch, capsys: Capture) -> None:
    install(monkeypatch, LargestConfig)
    monkeypatch.setattr(plugins_check, "find_spec", lambda name: None)
    code, page = check(capsys, "largest")
    assert code == 2
    assert "pip install 'adfw[kit]'" in page
