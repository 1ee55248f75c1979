"""The page's colours, in each theme: contrast by WCAG 2.2, and the classes told apart without colour vision."""

from __future__ import annotations

import re

import pytest

from adfw.report.html import TEMPLATES

TEXT_ON = [
    ("text", "card"),
    ("text", "page"),
    ("muted", "card"),
    ("muted", "page"),
    ("good", "card"),
    ("bad", "card"),
    ("problem", "card"),
    ("accent", "card"),
    ("card", "accent"),
    ("notice-text", "notice"),
    ("text", "chip"),
    *((f"series-{number}", "card") for number in range(1, 7)),
]


def themes() -> dict[str, dict[str, str]]:
    css = (TEMPLATES / "report.css").read_text(encoding="utf-8")
    blocks = re.findall(r":root \{(.*?)\}", css, flags=re.DOTALL)
    names = ("light", "dark", "print")
    return {
        name: dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6})", block)) for name, block in zip(names, blocks, strict=True)
    }


def luminance(colour: str) -> float:
    channels = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


@pytest.mark.parametrize("theme", ["light", "dark", "print"])
@pytest.mark.parametrize(("front", "back"), TEXT_ON)
def test_text_stands_out(theme: str, front: str, back: str) -> None:
    colours = themes()[theme]
    bright, dim = sorted((luminance(colours[front]), luminance(colours[back])), reverse=True)
    assert (bright + 0.05) / (dim + 0.05) >= 4.5


@pytest.mark.parametrize("theme", ["light", "dark", "print"])
def test_good_and_bad_differ_for_the_colour_blind(theme: str) -> None:
    """Blue against orange stays apart along the blue-yellow axis, which deuteranopes and protanopes keep."""
    good, bad = (themes()[theme][name] for name in ("good", "bad"))
    blueness = [int(c[5:7], 16) - (int(c[1:3], 16) + int(c[3:5], 16)) / 2 for c in (good, bad)]
    assert blueness[0] - blueness[1] > 100
