"""Samples that are made when they are indexed, so that a data set of any size takes no memory."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Generic, TypeVar, overload

from adfw.interfaces import Sample

Source = TypeVar("Source")


class LazySamples(Sequence[Sample], Generic[Source]):
    """One sample for each of `sources` (paths, rows, numbers), made by `make(source)` whenever it is indexed.

    A slice makes none. What `make` raises, indexing raises.
    """

    def __init__(self, sources: Sequence[Source], make: Callable[[Source], Sample]) -> None:
        self.sources, self.make = tuple(sources), make

    def __len__(self) -> int:
        return len(self.sources)

    @overload
    def __getitem__(self, index: int) -> Sample: ...
    @overload
    def __getitem__(self, index: slice) -> LazySamples[Source]: ...
    def __getitem__(self, index: int | slice) -> Sample | LazySamples[Source]:
        if isinstance(index, slice):
            return LazySamples(self.sources[index], self.make)
        return self.make(self.sources[index])
