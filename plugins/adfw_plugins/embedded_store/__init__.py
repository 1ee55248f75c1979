"""The store of this machine: SQLite and content-addressed files in a folder of a local disk."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal, Self

from pydantic import Field

from adfw import Component, Registry, Store, hookimpl

if TYPE_CHECKING:
    from collections.abc import Sequence


class EmbeddedConfig(Component[Store]):
    """A folder of a local disk, for any number of processes; without `uri` the registry of this machine."""

    name: Literal["embedded"] = "embedded"
    uri: Annotated[str, Field(description='folder of the registry; "" for ADFW_HOME/registry')] = ""

    @classmethod
    def conformance_examples(cls, folder: Path) -> Sequence[Self]:
        """Return a registry in the folder, so that no check touches anybody's own."""
        return (cls(uri=str(folder / "registry")),)

    def build(self) -> Store:
        """Make the store; the folder is made when something is published."""
        return Registry(Path(self.uri).expanduser() if self.uri else None)


@hookimpl
def adfw_stores() -> list[type[Component[Store]]]:
    """Register the embedded store."""
    return [EmbeddedConfig]
