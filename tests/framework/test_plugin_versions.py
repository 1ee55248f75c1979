from __future__ import annotations

import pytest

from adfw.catalog import Source
from adfw.plugin_versions import how_to_get, version_warning


def differ(one: str, other: str) -> bool:
    return bool(version_warning("x", "adfw-spots", one, Source("spots", "adfw-spots", other)))


@pytest.mark.parametrize(
    ("one", "other"), [("1.0", "1.9"), ("1.0", "1"), ("0.1.0", "0.1.9"), ("0.0.3", "0.0.3"), ("2.0rc1", "2.1")]
)
def test_steps_that_are_small(one: str, other: str) -> None:
    assert not differ(one, other)
    assert not differ(other, one)


@pytest.mark.parametrize(("one", "other"), [("1.0", "2.0"), ("0.1", "0.2"), ("0.9", "1.0"), ("0.0.3", "0.0.4")])
def test_steps_that_are_large(one: str, other: str) -> None:
    assert differ(one, other)
    assert differ(other, one)


def test_another_distribution_is_told_whatever_its_version() -> None:
    told = version_warning("x", "adfw-spots", "1.0", Source("spots", "impostor", "1.0"))
    assert told.startswith("x: was made with adfw-spots 1.0, and the component now comes from impostor 1.0")
    assert told.endswith(": pip install adfw-spots==1.0")


def test_versions_nobody_can_order_are_compared_as_text() -> None:
    assert not differ("today", "today")
    assert differ("today", "yesterday")


def test_only_what_is_a_distribution_is_offered_to_be_installed() -> None:
    assert how_to_get("adfw-spots", "1.2") == ": pip install adfw-spots==1.2"
    for name in ("x'; rm -rf ~; '", "x @ https://example.org/x.whl", "-r/etc/passwd", ""):
        assert how_to_get(name, "1.2") == ""
    assert how_to_get("adfw-spots", "1'; rm") == ""
