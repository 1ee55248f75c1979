"""The recipes that ship with `adfw`."""

from __future__ import annotations

import re
from pathlib import Path

from adfw.errors import RecipeError
from adfw.suggestions import did_you_mean

SCHEMA_LINE = re.compile(r"(?m)^(# yaml-language-server: \$schema=).*$")


def shipped_recipes() -> dict[str, Path]:
    """Return the shipped recipes by name, from the installed package or, in a clone, from its folder `recipes`."""
    here = Path(__file__).resolve()
    installed, clone = here.parent / "shipped", here.parents[3] / "recipes"
    folder = installed if installed.is_dir() else clone
    return {path.stem: path for path in sorted(folder.glob("*.yaml"))}


def purpose(recipe: Path) -> str:
    """Return the first sentence of a recipe's header comment."""
    lines = recipe.read_text(encoding="utf-8").splitlines()
    comment = " ".join(line.lstrip("# ") for line in lines if line.startswith("#") and "$schema=" not in line)
    return comment.strip().split(". ", 1)[0].rstrip(".") + "."


def copy_recipe(name: str, to: Path) -> Path:
    """Copy a shipped recipe to a new file, or into a folder; raises RecipeError for an existing file."""
    known = shipped_recipes()
    if name not in known:
        raise RecipeError(
            [f"there is no shipped recipe {name!r}; allowed: {', '.join(known)}{did_you_mean(name, known)}"]
        )
    target = to / f"{name}.yaml" if to.is_dir() else to
    # the schema of a clone is not where the copy is; `adfw schema --out` writes one beside it
    text = SCHEMA_LINE.sub(r"\g<1>recipe.schema.json", known[name].read_text(encoding="utf-8"))
    try:
        with target.open("x", encoding="utf-8") as file:
            file.write(text)
    except FileExistsError:
        raise RecipeError([f"{target}: exists already and is left as it is; choose another with --to"]) from None
    except OSError as error:
        raise RecipeError([f"{target}: cannot be written ({error.strerror}); choose another place with --to"]) from None
    return target
