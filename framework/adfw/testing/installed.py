"""The kit on installed components: which configurations of them are tried."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from pydantic import ValidationError

from adfw.errors import PluginError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from pathlib import Path

    from adfw.catalog import Entry
    from adfw.component import Component


def configurations(entry: Entry, folder: Path, fields: Mapping[str, Any]) -> Sequence[Component[Any]]:
    """Return the component's examples, or its first with some fields changed; `folder` takes the files they need.

    Raises PluginError where it has no example, or refuses the fields.
    """
    folder.mkdir(parents=True, exist_ok=True)
    examples = entry.config.conformance_examples(folder)
    if not fields and not examples:
        missing = [name for name, field in entry.config.model_fields.items() if field.is_required()]
        if not missing:
            raise PluginError(f"{entry.kind} {entry.name}: is checked on demand only; name it with --set FIELD=VALUE")
        wanted = " ".join(f"--set {name}=..." for name in missing)
        raise PluginError(f"{entry.kind} {entry.name}: has no example to check, since it needs {wanted}")
    if not fields:
        return examples
    base = examples[0].model_dump() if examples else {}
    try:
        return (entry.config.model_validate({**base, **fields}),)
    except ValidationError as error:
        faults = "; ".join(f"{'.'.join(map(str, fault['loc']))}: {fault['msg']}" for fault in error.errors())
        raise PluginError(f"{entry.kind} {entry.name}: {faults}") from error


def parse_fields(words: Iterable[str]) -> dict[str, Any]:
    """Read `key=value` words, values as JSON where they are JSON; raises PluginError for a word without `=`."""
    fields = {}
    for word in words:
        key, equals, text = word.partition("=")
        if not equals:
            raise PluginError(f"--set {word}: write it as --set field=value")
        try:
            fields[key] = json.loads(text)
        except ValueError:
            fields[key] = text
    return fields
