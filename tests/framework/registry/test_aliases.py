from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from adfw import RegistryError

if TYPE_CHECKING:
    from adfw.registry import Registry


@pytest.fixture
def three(registry: Registry, make_package: object) -> Registry:
    for text in "abc":
        registry.publish(make_package(text), "capsule")
    return registry


def set_to(registry: Registry, *numbers: int) -> None:
    for number in numbers:
        registry.set_alias(registry.resolve(f"capsule:{number}"), "champion", why=f"try {number}")


def test_an_alias_moves_and_its_history_says_who_when_and_why(three: Registry) -> None:
    set_to(three, 1, 3)
    assert three.resolve("capsule@champion").number == 3
    assert three.models()[0].aliases == {"champion": 3}
    assert three.resolve("capsule:3").aliases == ("champion",)
    first, second = three.history("capsule", "champion")
    assert (first.before, first.after, first.why) == (None, 1, "try 1")
    assert (second.before, second.after, second.kind) == (1, 3, "set")
    assert second.who
    assert second.when.startswith("20")


def test_rolling_back_goes_on_backwards(three: Registry) -> None:
    set_to(three, 1, 2, 3)
    assert three.rollback("capsule", "champion", why="too many alarms").number == 2
    assert three.rollback("capsule", "champion").number == 1
    with pytest.raises(RegistryError, match="has pointed at no other version"):
        three.rollback("capsule", "champion")
    set_to(three, 3)
    assert three.rollback("capsule", "champion").number == 1
    assert [change.kind for change in three.history("capsule")].count("rollback") == 3


def test_a_rollback_passes_over_yanked_versions_and_the_same_one(three: Registry) -> None:
    set_to(three, 1, 2, 3, 3)
    three.yank(three.resolve("capsule:2"), "wrong line")
    assert three.rollback("capsule", "champion").number == 1


def test_compare_and_swap(three: Registry) -> None:
    one, two = three.resolve("capsule:1"), three.resolve("capsule:2")
    with pytest.raises(RegistryError, match=r"points at nothing, not at version 1"):
        three.set_alias(one, "champion", expect=1)
    three.set_alias(one, "champion", expect=None)
    with pytest.raises(RegistryError, match="points at version 1, not at nothing"):
        three.set_alias(two, "champion", expect=None)
    three.set_alias(two, "champion", expect=1)
    with pytest.raises(RegistryError, match="somebody was quicker"):
        three.set_alias(one, "champion", expect=1)
    assert three.resolve("capsule@champion").number == 2


def test_a_removed_alias_leaves_its_history(three: Registry) -> None:
    set_to(three, 2)
    three.remove_alias("capsule", "champion", why="line closed")
    assert three.models()[0].aliases == {}
    assert three.history("capsule", "champion")[-1].after is None
    for again in (lambda: three.remove_alias("capsule", "champion"), lambda: three.rollback("capsule", "champion")):
        with pytest.raises(RegistryError, match="no alias 'champion'"):
            again()


def test_yanked_versions_and_aliases_keep_apart(three: Registry) -> None:
    set_to(three, 2)
    with pytest.raises(RegistryError, match=r"capsule:2: champion points at it"):
        three.yank(three.resolve("capsule:2"), "wrong line")
    three.yank(three.resolve("capsule:3"), "wrong line")
    with pytest.raises(RegistryError, match=r"capsule:3: is yanked \(wrong line\)"):
        set_to(three, 3)


@given(numbers=st.lists(st.integers(1, 3), min_size=1, max_size=5))
@settings(max_examples=10, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_rolling_back_retraces_the_distinct_steps(three: Registry, numbers: list[int]) -> None:
    alias = "a" + str(abs(hash(tuple(numbers))))
    for number in numbers:
        three.set_alias(three.resolve(f"capsule:{number}"), alias)
    while True:
        here = three.resolve(f"capsule@{alias}").number
        steps = [number for number in numbers if number]
        try:
            there = three.rollback("capsule", alias).number
        except RegistryError:
            assert set(steps) == {here}
            return
        while numbers[-1] == here:
            numbers = numbers[:-1]
        assert there == numbers[-1]
