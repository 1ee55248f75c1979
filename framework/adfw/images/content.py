"""What an image shows, as a digest: to find the same picture twice and to name the data a run has seen."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from hashlib import sha256
from typing import TYPE_CHECKING, Protocol, runtime_checkable

import numpy as np

from adfw.images.preprocessing import on_8_bit_grid

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    import numpy.typing as npt
    from torch import Tensor

    from adfw.interfaces import Sample, SplitName


@runtime_checkable
class TellsContent(Protocol):
    """Samples that know their native content, though the images they return are preprocessed."""

    def content(self, index: int) -> tuple[str, str]:
        """Return (id, content digest) of one native image."""


def content_digest(image: Tensor) -> str:
    """Return the sha256 of a (C, H, W) image's size and samples, whatever file format they were kept in."""
    samples = to_integers(image)
    digest = sha256(f"{samples.dtype} {samples.shape}".encode())
    digest.update(samples.tobytes())
    return digest.hexdigest()


def fingerprint(splits: Mapping[SplitName, Sequence[Sample]]) -> str:
    """Return the sha256 over the sorted (sample id, content digest) of all splits: which data a run has seen.

    Reads every image, two at a time; an ImageStore tells what it has read without reading it again.
    """
    return fingerprint_of(pair for samples in splits.values() for pair in contents(samples))


def fingerprint_of(pairs: Iterable[tuple[str, str]]) -> str:
    """Return the fingerprint of (sample id, content digest), in whatever order they come."""
    digest = sha256()
    for name, content in sorted(pairs):
        digest.update(f"{content}  {name}\n".encode())
    return digest.hexdigest()


def contents(samples: Sequence[Sample]) -> list[tuple[str, str]]:
    """Return (id, content digest) of every sample, in their order; reads two at a time."""

    def pair(index: int) -> tuple[str, str]:
        if isinstance(samples, TellsContent):
            return samples.content(index)
        sample = samples[index]
        return sample.id, content_digest(sample.image)

    with ThreadPoolExecutor(2, thread_name_prefix="adfw-content") as pool:
        return list(pool.map(pair, range(len(samples))))


def to_integers(image: Tensor) -> npt.NDArray[np.unsignedinteger]:
    """Return a float32 image in [0, 1] as uint8 where that loses nothing, else as uint16, in its shape."""
    if on_8_bit_grid(image):
        return image.mul(255).round_().numpy().astype(np.uint8)
    return image.mul(65_535).round_().numpy().astype(np.uint16)
