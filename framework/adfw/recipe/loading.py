"""A recipe from a file, the name of a shipped one, or a mapping."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel

from adfw.catalog import Catalog
from adfw.errors import RecipeError
from adfw.recipe.checking import check
from adfw.recipe.overrides import apply_overrides
from adfw.recipe.reading import MAX_BYTES, Draft, read_yaml
from adfw.recipe.shipped import shipped_recipes
from adfw.suggestions import did_you_mean

if TYPE_CHECKING:
    from collections.abc import Sequence

    from adfw.recipe.document import Recipe


def load_recipe(
    source: Path | str | Mapping[str, Any], *, catalog: Catalog | None = None, overrides: Sequence[str] = ()
) -> Recipe:
    """Read a recipe and check it against the installed components.

    `source` is a YAML file, the bare name of a shipped recipe, or the same as a mapping. A file without `name` goes by
    its own; relative paths inside are relative to the current directory. `overrides` are KEY=VALUE, as for `--set`.
    Raises RecipeError with every fault.
    """
    draft = Draft("recipe", _plain(source)) if isinstance(source, Mapping) else _read(Path(source))
    if draft.data is None:
        raise RecipeError([f"{draft.source}: is empty; copy a recipe to begin with: adfw recipes cp NAME"])
    if not isinstance(draft.data, dict):
        raise RecipeError(
            [f"{draft.place(())}: a recipe is made of lines `key: value`, e.g. `seed: 0`; is a space missing?"]
        )
    apply_overrides(draft, overrides)
    return check(draft, Catalog.discover() if catalog is None else catalog)


def _read(path: Path) -> Draft:
    if path.name == str(path) and not os.path.exists(path):  # Path.exists raises for names that are too long
        path = shipped_recipes().get(path.name, path)
    try:
        with path.open("rb") as file:
            content = file.read(MAX_BYTES + 1)
    except (OSError, ValueError) as error:
        raise RecipeError([f"{path}: {_unreadable(path, error)}"]) from None
    if b"\0" in content:
        raise RecipeError([f"{path}: is not a text file; a recipe is YAML"])
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise RecipeError([f"{path}:{line}: is not UTF-8; save the file as UTF-8"]) from None
    draft = read_yaml(text, str(path))
    if isinstance(draft.data, dict):
        draft.data.setdefault("name", path.stem)
    return draft


def _unreadable(path: Path, error: OSError | ValueError) -> str:
    if isinstance(error, IsADirectoryError) or os.path.isdir(path):
        return "is a folder; name a recipe in it"
    if not isinstance(error, FileNotFoundError):
        return f"cannot be read: {getattr(error, 'strerror', None) or error}"
    beside = [str(other) for other in path.parent.glob("*.y*ml")]
    hints = [did_you_mean(str(path), beside), did_you_mean(path.stem, shipped_recipes())]
    hint = next(filter(None, hints if path.suffix else reversed(hints)), "")
    return f"there is no such file; `adfw recipes ls` lists those that ship{hint}"


def _plain(value: Any) -> Any:
    """Return configurations, paths and tuples as a YAML file would hold them."""
    if isinstance(value, BaseModel):
        return value.model_dump(mode="json")
    if isinstance(value, Mapping):
        return {str(key): _plain(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(inner) for inner in value]
    return str(value) if isinstance(value, Path) else value
