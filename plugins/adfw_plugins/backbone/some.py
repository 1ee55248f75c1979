"""Some of the samples, still decoded only when indexed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, overload

if TYPE_CHECKING:
    from adfw import Sample


class Some(Sequence["Sample"]):
    """The samples at some places of a sequence."""

    def __init__(self, samples: Sequence[Sample], places: Sequence[int]) -> None:
        self.samples, self.places = samples, places

    def __len__(self) -> int:
        return len(self.places)

    @overload
    def __getitem__(self, index: int) -> Sample: ...

    @overload
    def __getitem__(self, index: slice) -> Some: ...

    def __getitem__(self, index: int | slice) -> Sample | Some:
        if isinstance(index, slice):
            return Some(self.samples, self.places[index])
        return self.samples[self.places[index]]
