"""A recipe bound to the installed components: each section is one of those of its kind, chosen by `name`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, NoReturn, cast

from pydantic import Field, create_model
from pydantic_core import PydanticCustomError, core_schema

from adfw.component import Component
from adfw.recipe.document import Recipe
from adfw.thresholds.fallback import FIELD as FALLBACK
from adfw.thresholds.fallback import WithFallback

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pydantic import GetCoreSchemaHandler, GetJsonSchemaHandler
    from pydantic.json_schema import JsonSchemaValue

    from adfw.catalog import Catalog, Kind
    from adfw.recipe.reading import KeyPath

SECTIONS: Mapping[str, Kind] = {
    "dataset": "dataset",
    "model": "model",
    "scorers": "scorer",
    "thresholds": "threshold",
}
LISTS = ("scorers", "thresholds")
FALLBACK_MEANING = "another strategy, used where this one cannot be identified"


class _Installed:
    """The components of one kind as a pydantic type: a union told apart by `name`, also of one member or none."""

    def __init__(self, catalog: Catalog, kind: Kind, *, fallback: bool = False) -> None:
        self.configs = {name: entry.config for name, entry in catalog.of_kind(kind).items()}
        if fallback and self.configs:
            other = Annotated[Component[Any], _Installed(catalog, kind)]
            self.configs = {name: _with_fallback(config, other) for name, config in self.configs.items()}

    def __get_pydantic_core_schema__(self, source: object, handler: GetCoreSchemaHandler) -> core_schema.CoreSchema:
        choices: dict[Any, core_schema.CoreSchema] = {
            name: handler.generate_schema(config) for name, config in self.configs.items()
        }
        if not choices:  # pydantic knows no empty union
            return core_schema.no_info_plain_validator_function(_none_installed)
        return core_schema.tagged_union_schema(choices, discriminator="name")

    def __get_pydantic_json_schema__(
        self, schema: core_schema.CoreSchema, handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        if not self.configs:
            return {"not": {}}
        choices = handler(schema)
        choices.pop("discriminator", None)  # OpenAPI's word; editors go by the constant `name`
        return choices


def _none_installed(_: object) -> NoReturn:
    raise PydanticCustomError("union_tag_invalid", "no component is installed")


def _with_fallback(config: type[Component[Any]], other: Any) -> type[Component[Any]]:
    """Return a strategy's type with the field `fallback`; one that has such a field already keeps its own."""
    if FALLBACK in config.model_fields:
        return config
    field = (other | None, Field(None, description=FALLBACK_MEANING))
    return create_model(f"{config.__name__}Entry", __base__=config, __doc__=config.__doc__, fallback=field)


def settled(entry: Component[Any]) -> Component[Any]:
    """Return an entry as its plain configuration, joined with its fallback where it names one."""
    config = cast("type[Component[Any]]", type(entry).__base__)
    if FALLBACK not in type(entry).model_fields or FALLBACK in config.model_fields:
        return entry
    values = {name: getattr(entry, name) for name in config.model_fields}
    plain: Component[Any] = config.model_construct(_fields_set=entry.model_fields_set - {FALLBACK}, **values)
    other: Component[Any] | None = getattr(entry, FALLBACK)
    return plain if other is None else WithFallback.of(plain, other)


def bind(catalog: Catalog, *, fallbacks: bool = True) -> type[Recipe]:
    """Return the recipe's type with these components in its sections; without `fallbacks` it is made sooner."""
    fields: dict[str, Any] = {}
    for section, kind in SECTIONS.items():
        one = Annotated[Component[Any], _Installed(catalog, kind, fallback=fallbacks and section == "thresholds")]
        declared = Recipe.model_fields[section]
        several = section in LISTS
        fields[section] = (
            Annotated[tuple[one, ...], Field(min_length=1)] if several else one,
            Field(description=declared.description),
        )
    return create_model("Recipe", __base__=Recipe, __doc__=Recipe.__doc__, **fields)


def section_kind(path: KeyPath) -> Kind | None:
    """Return the kind of component that stands at a key, or None where none does."""
    if len(path) == 3 and (path[0], path[2]) == ("thresholds", FALLBACK):
        return "threshold"
    depth = 2 if path and path[0] in LISTS else 1
    return SECTIONS.get(str(path[0])) if len(path) == depth else None
