"""Recipes: YAML that names installed components and their settings, read with every fault at its line."""

from __future__ import annotations

from adfw.recipe.document import Compute, Protocol, Recipe
from adfw.recipe.loading import load_recipe
from adfw.recipe.schema import json_schema
from adfw.recipe.shipped import shipped_recipes

__all__ = ["Compute", "Protocol", "Recipe", "json_schema", "load_recipe", "shipped_recipes"]
