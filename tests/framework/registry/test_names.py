from __future__ import annotations

import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adfw import RegistryError
from adfw.registry import Reference
from adfw.registry.names import check_alias, check_digest, check_name

LETTERS = string.ascii_letters + string.digits + "_"
names = st.text(LETTERS + ".-", max_size=63).flatmap(lambda rest: st.sampled_from(LETTERS).map(lambda c: c + rest))
aliases = (
    st.text(string.ascii_lowercase + string.digits + "_-", max_size=20)
    .flatmap(lambda rest: st.sampled_from(string.ascii_lowercase).map(lambda c: c + rest))
    .filter(lambda alias: alias != "latest" and not alias.removeprefix("v").isdecimal())
)
HOSTILE = [
    *("", ".", "..", "../x", "a/b", "a\\b", "/etc/passwd", "C:", "C:\\x", "\\\\host\\share", "~", "~root", "-rf"),
    *("%2e%2e", "%2e%2e%2fetc", "a%00", "a\0b", "a\n", "a\r\n", "a b", " a", "a ", "a\t", "a;b", "$HOME", "`id`"),
    *("\uff41", "\u0430", "capsul\u00e9", "\ufb01ne", "a\u200b", "\u202ea", "a\u0301", "\u00b2", "\uff11", "\u2167"),
    *("a" * 65, "a:1", "a@b", "file://a"),
]


@pytest.mark.parametrize("text", HOSTILE)
def test_what_could_be_a_path_or_a_look_alike_is_no_name(text: str) -> None:
    with pytest.raises(RegistryError, match="no model's name"):
        check_name(text)
    with pytest.raises(RegistryError, match="no alias"):
        check_alias(text)
    with pytest.raises(RegistryError, match="no digest"):
        check_digest(text)


@given(st.text(max_size=70))
def test_a_name_is_nothing_but_ascii_letters_digits_and_three_marks(text: str) -> None:
    allowed = 0 < len(text) <= 64 and set(text) <= set(LETTERS + ".-") and text[0] in LETTERS
    if allowed:
        assert check_name(text) == text
    else:
        with pytest.raises(RegistryError):
            check_name(text)


@pytest.mark.parametrize("text", ["latest", "7", "v7", "v", "Champion", "1st", "_x"])
def test_an_alias_is_lower_case_and_no_version(text: str) -> None:
    if text == "v":
        assert check_alias(text) == text
    else:
        with pytest.raises(RegistryError, match="no alias"):
            check_alias(text)


@given(names, st.one_of(st.none(), st.integers(1, 999_999_999)), st.one_of(st.none(), aliases), st.binary(min_size=32))
def test_a_reference_reads_back_as_it_is_written(name: str, number: int | None, alias: str | None, raw: bytes) -> None:
    digest = f"sha256:{raw[:32].hex()}"
    references = [Reference(name), Reference(name, version=number), Reference(name, digest=digest)]
    if alias is not None:
        references.append(Reference(name, alias=alias))
    for reference in references:
        assert Reference.parse(str(reference)) == reference


@given(st.text(alphabet=st.sampled_from("aA1_.-:@/\\% \0\nsha256é"), max_size=20))
def test_any_text_is_a_sound_reference_or_a_clear_error(text: str) -> None:
    try:
        reference = Reference.parse(text)
    except RegistryError:
        return
    assert str(reference) == text
    check_name(reference.name)


@pytest.mark.parametrize("rest", [":0", ":01", ":-1", ":1.0", ":v1", ":", ":1@b", ":\uff11", "@", "@sha256:", "@b:1"])
def test_what_is_no_version_is_refused(rest: str) -> None:
    with pytest.raises(RegistryError):
        Reference.parse(f"a{rest}")
