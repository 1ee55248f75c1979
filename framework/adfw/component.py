"""A component's configuration is its registration: a frozen, typed value that builds the component."""

from __future__ import annotations

import inspect
from abc import abstractmethod
from typing import Generic, TypeVar, get_args

from pydantic import BaseModel, ConfigDict

T = TypeVar("T")


class Component(BaseModel, Generic[T]):
    """The configuration of one dataset, model, scorer or threshold strategy, as a recipe names it.

    Derive from `Component[Scorer]` (or another contract), declare `name: Literal["my_scorer"] = "my_scorer"` and the
    fields of the recipe, and return the component from `build`. Nothing is opened or allocated before `build()`.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", validate_default=True, allow_inf_nan=False)

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

    def label(self) -> str:
        """Return the name with the fields that were set, e.g. `percentile(q=0.99)`, to tell configurations apart."""
        chosen = [key for key in type(self).model_fields if key != "name" and key in self.model_fields_set]
        values = ", ".join(f"{key}={_brief(getattr(self, key))}" for key in chosen)
        return f"{self.name}({values})" if values else self.name


def _brief(value: object) -> str:
    return f"{value:g}" if isinstance(value, float) else str(value)
