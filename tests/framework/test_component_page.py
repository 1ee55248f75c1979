from __future__ import annotations

from pathlib import Path  # noqa: TC003 - pydantic reads it
from typing import Annotated, Any, Literal

import pytest
from pydantic import BaseModel, ConfigDict, Field

from adfw import Component, Model
from adfw.catalog import Entry, Source
from adfw.component_page import component_page, type_words

Share = Annotated[float, Field(gt=0, lt=1)]


class Schedule(BaseModel):
    """When to stop."""

    model_config = ConfigDict(frozen=True)

    epochs: int = Field(100, ge=1, description="at most")


class NetConfig(Component[Model]):
    """A network.

    Of two layers.
    """

    name: Literal["net"] = "net"
    root: Path
    kind: Literal["a", "b"] = "a"
    share: Share | None = Field(None, description="of the pixels")
    deep: bool = True
    sizes: tuple[int, ...] = ()
    schedule: Schedule = Schedule()

    def build(self):
        return None


def test_the_page_says_where_it_comes_from_what_it_does_and_what_it_takes() -> None:
    page = component_page(Entry("model", "net", NetConfig, Source("nets", "net-dist", "2.1")))
    assert page == (
        f"net: a model of net-dist 2.1 ({__name__}.NetConfig)\n"
        "\n"
        "A network.\n"
        "\n"
        "Of two layers.\n"
        "\n"
        "Fields:\n"
        "  root: path (required)\n"
        "  kind: a | b = a\n"
        "  share: number above 0, below 1 | null = null\n"
        "      of the pixels\n"
        "  deep: true or false = true\n"
        "  sizes: list of whole number = ()\n"
        "  schedule: When to stop.\n"
        "  schedule.epochs: whole number, at least 1 = 100\n"
        "      at most\n"
    )


@pytest.mark.parametrize(
    ("annotation", "words"),
    [
        (int, "whole number"),
        (str | None, "text | null"),
        (Literal[1, 3], "1 | 3"),
        (tuple[int, float], "[whole number, number]"),
        (tuple[str, ...], "list of text"),
        (list[bool], "list of true or false"),
        (dict[str, float], "mapping of text to number"),
        (Annotated[str, Field(min_length=1)], "text at least 1 long"),
        (Annotated[int, Field(ge=2, le=8, multiple_of=2)], "whole number at least 2, at most 8, a multiple of 2"),
        (Schedule, "Schedule"),
        (Any, "Any"),
    ],
)
def test_types_are_said_in_words(annotation: object, words: str) -> None:
    assert type_words(annotation) == words
