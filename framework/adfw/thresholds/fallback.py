"""A strategy with another one that is used where the first cannot be identified, and only there."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Self

from pydantic import SerializationInfo, SerializeAsAny, model_serializer

from adfw.component import Component
from adfw.interfaces import Threshold

if TYPE_CHECKING:
    from collections.abc import Mapping

    from adfw.catalog import Catalog

FIELD = "fallback"


class WithFallback(Component[Threshold]):
    """A strategy of a recipe that names a `fallback`; written, and read, as the strategy's own fields and this one.

    The fallback has needs of its own, and so a protocol of its own; whoever evaluates the strategy turns to it where
    the first raises ThresholdNotIdentifiable, and says so.
    """

    strategy: SerializeAsAny[Component[Threshold]]
    fallback: SerializeAsAny[Component[Threshold]]

    @classmethod
    def of(cls, strategy: Component[Threshold], fallback: Component[Threshold]) -> Self:
        """Join two strategies; the whole goes by the first one's name."""
        return cls(name=strategy.name, strategy=strategy, fallback=fallback)

    def build(self) -> Threshold:
        """Make the first strategy."""
        return self.strategy.build()

    def label(self) -> str:
        """Return the first strategy's label with the fallback among its fields."""
        head, _, fields = self.strategy.label().removesuffix(")").partition("(")
        return f"{head}({', '.join(filter(None, [fields, f'{FIELD}={self.fallback.label()}']))})"

    @model_serializer
    def _as_one_entry(self, info: SerializationInfo) -> dict[str, Any]:
        mode = info.mode
        return {**self.strategy.model_dump(mode=mode), FIELD: self.fallback.model_dump(mode=mode)}


def entry_of(fields: Mapping[str, Any], catalog: Catalog) -> Component[Threshold]:
    """Return the strategy that a recipe's entry stands for.

    Raises pydantic's ValidationError for fields that do not fit, PluginError for what is not installed.
    """
    config = catalog.find("threshold", fields["name"]).config
    other = None if FIELD in config.model_fields else fields.get(FIELD)
    own = {key: value for key, value in fields.items() if key != FIELD or FIELD in config.model_fields}
    made: Component[Threshold] = config.model_validate(own)
    return made if other is None else WithFallback.of(made, entry_of(other, catalog))


def strategies_in(entry: Component[Threshold]) -> tuple[Component[Threshold], ...]:
    """Return the strategies of an entry: the first, and its fallback where there is one."""
    return (entry.strategy, entry.fallback) if isinstance(entry, WithFallback) else (entry,)
