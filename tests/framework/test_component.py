from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import pytest
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from adfw import Component, Dataset, Scorer


class Inner(BaseModel):
    model_config = ConfigDict(frozen=True)

    epochs: int = 3
    lr: float = 1e-3


class ToyConfig(Component[Scorer]):
    """A toy.

    With more to say.
    """

    name: Literal["toy"] = "toy"
    share: float = 0.5
    root: Path | None = None
    sigma: tuple[float, float] = (1.0, 2.0)
    tags: Annotated[dict[str, int], Field(default_factory=dict)]
    inner: Inner = Inner()

    def build(self):
        return None


class NamelessConfig(Component[Scorer]):
    def build(self):
        return None


class TwoNamesConfig(Component[Scorer]):
    name: Literal["one", "two"] = "one"

    def build(self):
        return None


def test_a_component_is_a_frozen_value_with_known_fields_only() -> None:
    toy = ToyConfig()
    assert toy == ToyConfig(share=0.5)
    with pytest.raises(ValidationError):
        toy.share = 1.0
    with pytest.raises(ValidationError):
        ToyConfig(shared=1)
    with pytest.raises(ValidationError):
        ToyConfig(share=float("nan"))
    with pytest.raises(ValidationError):
        ToyConfig(name="other")


def test_it_belongs_to_one_kind() -> None:
    assert issubclass(ToyConfig, Component[Scorer])
    assert not issubclass(ToyConfig, Component[Dataset])


def test_the_name_is_that_of_the_class() -> None:
    assert ToyConfig.component_name() == "toy"


@pytest.mark.parametrize("config", [NamelessConfig, TwoNamesConfig, Component])
def test_exactly_one_name_is_needed(config: type[Component[Scorer]]) -> None:
    with pytest.raises(TypeError, match=f"{config.__name__} needs exactly one name"):
        config.component_name()


def test_the_summary_is_the_first_line_of_its_own_docstring() -> None:
    assert ToyConfig.summary() == "A toy."


def test_a_class_that_cannot_build_cannot_be_made() -> None:
    class Lazy(Component[Scorer]):
        name: Literal["lazy"] = "lazy"

    with pytest.raises(TypeError, match="abstract"):
        Lazy()


@pytest.mark.parametrize(
    ("fields", "label"),
    [
        ({}, "toy"),
        ({"share": 0.5, "inner": Inner(epochs=3)}, "toy"),
        ({"share": 0.25}, "toy(share=0.25)"),
        ({"share": 7.5e-05}, "toy(share=7.5e-05)"),
        ({"share": 0.1234567890123}, "toy(share=0.1234567890123)"),
        ({"root": Path("a/b"), "sigma": (3, 4)}, "toy(root=a/b, sigma=[3, 4])"),
        ({"inner": Inner(lr=0.1)}, "toy(inner.lr=0.1)"),
        ({"tags": {"a": 1}}, "toy(tags={'a': 1})"),
    ],
)
def test_the_label_tells_what_differs_from_the_defaults(fields: dict[str, object], label: str) -> None:
    toy = ToyConfig(**fields)
    assert toy.label() == label
    assert ToyConfig.model_validate_json(toy.model_dump_json()).label() == label
