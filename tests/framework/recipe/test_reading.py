from __future__ import annotations

import math
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adfw import RecipeError
from adfw.recipe.reading import MAX_DEPTH, read_yaml
from adfw.recipe.scalars import plain_scalar
from adfw.recipe.writing import to_yaml

# Where YAML 1.1, as PyYAML reads it, differs from 1.2 or from what its writer meant.
SCALARS = {
    "1e-3": 1e-3,
    "7.5e-05": 7.5e-05,
    ".5": 0.5,
    "3.": 3.0,
    "+2": 2,
    "010": 10,
    "0o10": 8,
    "0xff": 255,
    "no": "no",
    "on": "on",
    "Yes": "Yes",
    "True": True,
    "false": False,
    "12:30:45": "12:30:45",
    "2024-01-31": "2024-01-31",
    "1_000": "1_000",
    "0,001": "0,001",
    "~": None,
    "": None,
    "null": None,
    "-.inf": -math.inf,
    "1e": "1e",
    "--1": "--1",
    "९": "९",  # a digit to Python, not to YAML
    "1" * 41: float("1" * 41),  # no seed is that long
}


@pytest.mark.parametrize(("text", "value"), SCALARS.items())
def test_unquoted_words_are_those_of_yaml_1_2(text: str, value: object) -> None:
    assert plain_scalar(text) == value
    assert type(plain_scalar(text)) is type(value)
    assert read_yaml(f"a: {text}\n", "x").data == {"a": value}


def test_nan_is_a_number() -> None:
    assert math.isnan(float(str(plain_scalar(".nan"))))


@pytest.mark.parametrize("text", ["'3'", '"3"', "|\n  3", ">-\n  3"])
def test_quoted_words_are_text(text: str) -> None:
    assert read_yaml(f"a: {text}\n", "x").data["a"].strip() == "3"


def test_every_key_and_entry_has_a_place() -> None:
    draft = read_yaml("# a comment\na:\n  b: 1\n\nc:\n  - d\n  - {e: 2}\n", "x")
    assert draft.data == {"a": {"b": 1}, "c": ["d", {"e": 2}]}
    assert [draft.place(path) for path in [("a",), ("a", "b"), ("c", 0), ("c", 1, "e")]] == ["x:2", "x:3", "x:6", "x:7"]
    assert draft.place(("a", "missing", "deeper")) == "x:2"
    assert draft.place(()) == "x:2"


def test_a_second_key_of_the_same_name_is_a_fault_and_the_others_are_read_on() -> None:
    draft = read_yaml("a: 1\nb: 2\na: 3\na: 4\n", "x")
    assert [(fault.path, fault.sentence.split(";")[0]) for fault in draft.faults] == [
        (("a",), "is given twice, first in line 1"),
        (("a",), "is given twice, first in line 3"),
    ]


def test_aliases_are_written_out_so_that_a_change_stays_in_one_place() -> None:
    draft = read_yaml("a: &a {b: [1]}\nc: *a\n", "x")
    assert draft.data["c"] == draft.data["a"]
    draft.data["c"]["b"].append(2)
    assert draft.data["a"] == {"b": [1]}
    assert draft.place(("c", "b", 0)) == "x:2"


def test_an_anchor_cannot_hold_itself() -> None:
    with pytest.raises(RecipeError, match="no complete anchor"):
        read_yaml("a: &a [*a]\n", "x")


def test_merge_keys_are_words_like_others() -> None:
    assert read_yaml("a: &a {b: 1}\nc: {<<: *a}\n", "x").data["c"] == {"<<": {"b": 1}}


def test_the_depth_has_a_limit() -> None:
    assert read_yaml("[" * MAX_DEPTH + "0" + "]" * MAX_DEPTH, "x").data
    with pytest.raises(RecipeError, match=f"nested deeper than {MAX_DEPTH} levels"):
        read_yaml("[" * (MAX_DEPTH + 1) + "0" + "]" * (MAX_DEPTH + 1), "x")


def test_a_directive_changes_nothing() -> None:
    assert read_yaml("%YAML 1.1\n---\na: no\n", "x").data == {"a": "no"}


words = st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"]), max_size=12) | st.sampled_from(
    [*SCALARS, "- a", "a: b", "#", "|", "&a", "*a", "!x", "%", "@", "{", "? ", "a\nb", " a ", "''"]
)
values = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**30), 10**30) | st.floats(allow_nan=False) | words,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(words, inner, max_size=3),
    max_leaves=8,
)


@given(values)
def test_what_is_written_is_read_back(value: object) -> None:
    draft = read_yaml(to_yaml({"a": value}), "x")
    assert draft.data == {"a": value}
    assert repr(draft.data) == repr({"a": value})  # 1 is not 1.0, nor True
    assert not draft.faults


@given(st.text(max_size=40) | st.text("[]{}:,-&*!|>'\"# \n\tab01", max_size=40))
def test_any_text_is_read_or_refused_in_one_line(text: str) -> None:
    with suppress(RecipeError):
        read_yaml(text, "x")
        return
    with pytest.raises(RecipeError, match=r"\Ax:[^\n]*\Z"):
        read_yaml(text, "x")
