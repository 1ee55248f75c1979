"""A value of the wrong type, in words: what it should be, what it is, how to write it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from adfw.recipe.binding import SECTIONS
from adfw.recipe.scalars import plain_scalar

if TYPE_CHECKING:
    from collections.abc import Sequence

    from adfw.catalog import Catalog
    from adfw.recipe.reading import KeyPath

NUMBER, WHOLE, TRUTH, TEXT, LIST, MAPPING = (
    "a number",
    "a whole number",
    "true or false",
    "text",
    "a list",
    "a mapping (lines of key: value)",
)
WANTED = {
    **dict.fromkeys(("float_type", "float_parsing"), NUMBER),
    **dict.fromkeys(("int_type", "int_parsing", "int_from_float"), WHOLE),
    **dict.fromkeys(("bool_type", "bool_parsing"), TRUTH),
    **dict.fromkeys(("string_type", "string_sub_type"), TEXT),
    "path_type": "a path",
    **dict.fromkeys(("tuple_type", "list_type", "set_type", "frozen_set_type"), LIST),
    **dict.fromkeys(("dict_type", "model_type", "model_attributes_type", "mapping_type"), MAPPING),
    "none_required": "null",
}
YES_NO = {"yes": "true", "on": "true", "no": "false", "off": "false"}


def mismatch(path: KeyPath, wanted: Sequence[str], value: Any, catalog: Catalog) -> str:
    """Return the sentence for a value that is none of the wanted types."""
    words = " or ".join(dict.fromkeys(wanted))
    return f"should be {words}, but is {_described(value)}{_remedy(path, wanted, value, catalog)}"


def _described(value: Any) -> str:
    if value is None:
        return "empty"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, str):
        return f"the text {value[:60]!r}"
    if isinstance(value, int | float):
        return f"the number {value}"
    return "a list" if isinstance(value, list) else "a mapping"


def _remedy(path: KeyPath, wanted: Sequence[str], value: Any, catalog: Catalog) -> str:
    if isinstance(value, str):
        return _remedy_for_text(path, wanted, value, catalog)
    if WHOLE in wanted and isinstance(value, float) and value.is_integer():
        return f"; write {value:.0f}"
    remedies = [
        (MAPPING in wanted and isinstance(value, list), "remove the '- ' in front of its keys"),
        (MAPPING in wanted and value is None, "indent the lines that belong to it"),
        (LIST in wanted and isinstance(value, dict), "write '- ' in front of each entry"),
        (TEXT in wanted and isinstance(value, bool | int | float), "put it in quotes"),
    ]
    return next((f"; {words}" for applies, words in remedies if applies), "")


def _remedy_for_text(path: KeyPath, wanted: Sequence[str], text: str, catalog: Catalog) -> str:
    kind = SECTIONS.get(str(path[0]))
    remedies = [
        (kind and MAPPING in wanted and text in catalog.of_kind(kind), f"write {{name: {text}}}"),
        (kind and LIST in wanted and len(path) == 1, f"write [{{name: {text}}}]"),
        (TRUTH in wanted and text.lower() in YES_NO, f"write {YES_NO.get(text.lower())}"),
        (NUMBER in wanted or WHOLE in wanted, _number_in(text)),
    ]
    return next((f"; {words}" for applies, words in remedies if applies and words), "")


def _number_in(text: str) -> str:
    """Say how to write the number that a text seems to hold, "" where it holds none."""
    if isinstance(plain_scalar(text), int | float):
        return "remove the quotes"
    if re.fullmatch(r"[-+]?\d+,\d+", text):
        return f"write {text.replace(',', '.')}"
    if re.fullmatch(r"[-+]?\d+(\.\d+)?\s*%", text):
        return f"write {float(text.rstrip('% ')) / 100:g}"
    return ""
