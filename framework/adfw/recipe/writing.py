"""Plain data as YAML."""

from __future__ import annotations

from io import StringIO

from ruamel.yaml import YAML


def to_yaml(data: object) -> str:
    """Return mappings, lists, text, numbers, booleans and None as YAML 1.2, in block style."""
    writer = YAML(typ="safe", pure=True)
    writer.default_flow_style = False
    writer.sort_base_mapping_type_on_output = False  # type: ignore[assignment]
    writer.width = 4096  # never fold: a folded path is hard to search for
    writer.allow_unicode = True
    text = StringIO()
    writer.dump(data, text)
    return text.getvalue()
