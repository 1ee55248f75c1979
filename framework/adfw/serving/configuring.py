"""Sinks as they are written on the command line: each a section of YAML, as in a recipe."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from pydantic import ValidationError

from adfw.catalog import Catalog
from adfw.errors import PluginError, RecipeError
from adfw.recipe.reading import read_yaml

if TYPE_CHECKING:
    from collections.abc import Sequence

    from adfw.component import Component
    from adfw.interfaces import Sink


def read_sinks(texts: Sequence[str], catalog: Catalog | None = None) -> list[Component[Sink]]:
    """Return the configurations; raises RecipeError with every fault of every text."""
    catalog = Catalog.discover() if catalog is None and texts else catalog
    found: list[Component[Sink]] = []
    problems: list[str] = []
    for text in texts:
        try:
            found.append(_sink(read_yaml(text, "--sink").data, catalog or Catalog()))
        except (RecipeError, PluginError) as error:
            problems.append(f"--sink {text}: {str(error).removeprefix('--sink:1: ')}")
        except ValidationError as error:
            faults = [f"{'.'.join(map(str, fault['loc']))}: {fault['msg']}" for fault in error.errors()]
            problems.append(f"--sink {text}: {'; '.join(faults)}")
    if problems:
        raise RecipeError(problems)
    return found


def _sink(section: Any, catalog: Catalog) -> Component[Sink]:
    if not isinstance(section, dict) or not isinstance(section.get("name"), str):
        raise RecipeError(["write a section with a name, e.g. {name: folder, root: verdicts}"])
    config: type[Component[Sink]] = catalog.find("sink", section["name"]).config
    return config.model_validate_json(json.dumps(section), strict=True)
