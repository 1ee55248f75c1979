"""Which runs a sweep consists of, and where each of them lies."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product
from typing import TYPE_CHECKING, Any

from adfw.errors import RecipeError
from adfw.recipe import Recipe, load_recipe

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from adfw.catalog import Catalog

    Source = Recipe | Path | str | Mapping[str, Any]

RUNS = "runs"


@dataclass(frozen=True)
class Planned:
    """One run to do: its resolved recipe, the category it is about ("" where the dataset has none), its folder's name.

    The name ends in the recipe's digest, so a run is found again exactly where nothing in its recipe changed.
    """

    recipe: Recipe
    category: str

    @property
    def digest(self) -> str:
        """The SHA-256 of the recipe."""
        return self.recipe.digest()

    @property
    def folder(self) -> str:
        """Where the run lies below the sweep's folder."""
        parts = (self.recipe.name, self.category, str(self.recipe.seed), self.digest[:16])
        return f"{RUNS}/{'-'.join(part for part in parts if part)}"


def plan(
    recipes: Sequence[Source],
    categories: Sequence[str],
    seeds: Sequence[int],
    overrides: Sequence[str],
    catalog: Catalog,
) -> list[Planned]:
    """Return every run of recipes x categories x seeds; without categories or seeds each recipe keeps its own.

    Raises RecipeError with the faults of all recipes.
    """
    planned: dict[str, Planned] = {}
    faults: list[str] = []
    for source, category, seed in product(recipes, categories or (None,), seeds or (None,)):
        chosen = [] if category is None else [f"dataset.category={category}"]
        chosen += [] if seed is None else [f"seed={seed}"]
        try:
            data = source.model_dump(mode="json") if isinstance(source, Recipe) else source
            recipe = load_recipe(data, catalog=catalog, overrides=[*overrides, *chosen])
        except RecipeError as error:
            faults += error.problems
            continue
        one = Planned(recipe, str(getattr(recipe.dataset, "category", "")))
        planned[one.digest] = one
    if faults:
        raise RecipeError(list(dict.fromkeys(faults)))
    _refuse_namesakes(list(planned.values()))
    return list(planned.values())


def _refuse_namesakes(planned: Sequence[Planned]) -> None:
    """Two recipes that differ in more than category and seed would be averaged if they had one name."""
    seen: dict[tuple[str, str, int], Planned] = {}
    for one in planned:
        other = seen.setdefault((one.recipe.name, one.category, one.recipe.seed), one)
        if other is not one:
            raise RecipeError(
                [f"two different recipes are called {one.recipe.name!r}; give one of them another `name`"]
            )
