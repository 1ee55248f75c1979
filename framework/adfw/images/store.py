"""Decode every image once: preprocessed samples in memory, as integers, up to a budget; beyond it, decode again."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from threading import Lock
from typing import TYPE_CHECKING, NamedTuple, overload

import numpy as np
import torch

from adfw.errors import DatasetError, InvalidImage
from adfw.images.batches import Batch, batches
from adfw.images.content import content_digest, to_integers
from adfw.images.decode import to_unit
from adfw.interfaces import Sample

if TYPE_CHECKING:
    import numpy.typing as npt

    from adfw.images.preprocessing import Preprocessing

__all__ = ["Batch", "ImageStore", "batches"]

DEFAULT_BUDGET = 1024**3


class _Packed(NamedTuple):
    """A sample with its image as integers and its mask as bits."""

    sample: Sample
    pixels: npt.NDArray[np.unsignedinteger]
    mask: npt.NDArray[np.uint8] | None
    mask_shape: tuple[int, int]

    @property
    def nbytes(self) -> int:
        return self.pixels.nbytes + (0 if self.mask is None else self.mask.nbytes)


class ImageStore(Sequence[Sample]):
    """Preprocessed samples, each decoded once as long as `budget_bytes` lasts; safe to index from many threads.

    Images come out as `preprocessing` makes them, to the bit, whether they were kept or decoded again; masks keep
    their native resolution.
    """

    def __init__(
        self, samples: Sequence[Sample], preprocessing: Preprocessing, budget_bytes: int = DEFAULT_BUDGET
    ) -> None:
        self.preprocessing = preprocessing
        self._samples = samples
        self._kept: dict[int, _Packed] = {}
        self._contents: dict[int, tuple[str, str]] = {}
        self._left = budget_bytes
        self._budget = Lock()
        # One lock for each image: two threads that want the same one decode it once, others do not wait.
        self._busy = [Lock() for _ in range(len(samples))]

    def __len__(self) -> int:
        return len(self._busy)

    @overload
    def __getitem__(self, index: int) -> Sample: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[Sample]: ...
    def __getitem__(self, index: int | slice) -> Sample | Sequence[Sample]:
        if isinstance(index, slice):
            return [self[i] for i in range(*index.indices(len(self)))]
        place = range(len(self))[index]
        packed = self._kept.get(place)
        if packed is None:
            with self._busy[place]:
                packed = self._kept.get(place) or self._load(place)
        return _unpack(packed)

    def content(self, index: int) -> tuple[str, str]:
        """Return (id, content digest) of one native image, reading it if nobody has asked for it yet."""
        if index not in self._contents:
            self[index]
        return self._contents[index]

    def _load(self, place: int) -> _Packed:
        sample = self._samples[place]
        self._contents[place] = (sample.id, content_digest(sample.image))
        packed = _pack(sample, self.preprocessing)
        with self._budget:
            keep = packed.nbytes <= self._left
            self._left -= packed.nbytes if keep else 0
        if keep:
            self._kept[place] = packed
        return packed


def _pack(sample: Sample, preprocessing: Preprocessing) -> _Packed:
    try:
        pixels = to_integers(preprocessing.apply(sample.image))
    except InvalidImage:
        raise
    except DatasetError as error:
        raise InvalidImage(sample.path or sample.id, str(error)) from error
    mask = None if sample.mask is None else np.packbits(sample.mask.numpy())
    shape = (0, 0) if sample.mask is None else (sample.mask.shape[0], sample.mask.shape[1])
    nothing = torch.empty(0)
    return _Packed(replace(sample, image=nothing, mask=None), pixels, mask, shape)


def _unpack(packed: _Packed) -> Sample:
    # numpy, not torch: a torch operation in each worker thread would start a team of its own threads
    image = torch.from_numpy(to_unit(packed.pixels))
    if packed.mask is None:
        return replace(packed.sample, image=image)
    height, width = packed.mask_shape
    bits = np.unpackbits(packed.mask, count=height * width).reshape(height, width)
    return replace(packed.sample, image=image, mask=torch.from_numpy(bits.view(np.bool_)))
