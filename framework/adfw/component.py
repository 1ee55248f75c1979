"""A component's configuration is its registration: a frozen, typed value that builds the component."""

from __future__ import annotations

import inspect
from abc import abstractmethod
from typing import TYPE_CHECKING, Generic, Self, TypeVar, get_args

from pydantic import BaseModel, ConfigDict

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

T = TypeVar("T")


class Component(BaseModel, Generic[T]):
    """The configuration of one component, as a recipe or an option names it.

    Derive from `Component[Scorer]` (or another contract), declare `name: Literal["my_scorer"] = "my_scorer"` and the
    fields of the recipe, and return the component from `build`. Nothing is opened or allocated before `build()`.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    name: str

    @abstractmethod
    def build(self) -> T:
        """Make the component."""

    @classmethod
    def component_name(cls) -> str:
        """Return the one name under which recipes find this component; raises TypeError where there is none."""
        field = cls.model_fields.get("name")
        names = get_args(field.annotation) if field else ()
        if len(names) != 1 or not isinstance(names[0], str):
            raise TypeError(f'{cls.__name__} needs exactly one name: write name: Literal["..."] = "..."')
        return names[0]

    @classmethod
    def summary(cls) -> str:
        """Return the first sentence of the docstring."""
        return (inspect.getdoc(cls) or "").split("\n", 1)[0]

    @classmethod
    def conformance_examples(cls, folder: Path) -> Sequence[Self]:  # noqa: ARG003 - for those that override this
        """Return configurations for the conformance kit to try; what files they need are written into `folder`.

        The defaults, with the first of `Field(examples=[...])` for a required field; none where a required field has
        no example. Override it where the defaults take long, or name files.
        """
        required = {name: field.examples for name, field in cls.model_fields.items() if field.is_required()}
        if not all(required.values()):
            return ()
        return (cls.model_validate({name: examples[0] for name, examples in required.items() if examples}),)

    def label(self) -> str:
        """Return the name with what differs from the defaults, e.g. `percentile(q=0.95)`; equals have equal labels."""
        values = ", ".join(f"{key}={_brief(value)}" for key, value in _chosen(self) if key != "name")
        return f"{self.name}({values})" if values else self.name


def _chosen(part: BaseModel) -> Iterator[tuple[str, object]]:
    """Yield the fields, those of nested settings among them, that differ from their defaults."""
    for key, field in type(part).model_fields.items():
        value = getattr(part, key)
        default = field.get_default(call_default_factory=True, validated_data={})
        if value == default:
            continue
        if isinstance(value, BaseModel):
            yield from ((f"{key}.{inner}", found) for inner, found in _chosen(value))
        else:
            yield key, value


def _brief(value: object) -> str:
    if isinstance(value, float):
        return f"{value:g}" if float(f"{value:g}") == value else repr(value)
    return f"[{', '.join(map(_brief, value))}]" if isinstance(value, tuple) else str(value)
