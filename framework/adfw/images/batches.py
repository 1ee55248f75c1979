"""Batches of samples, made by threads while the model works on the one before."""

from __future__ import annotations

from collections import deque
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, replace
from itertools import islice
from typing import TYPE_CHECKING

import numpy as np
import torch

from adfw.errors import DatasetError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from torch import Tensor

    from adfw.interfaces import Sample


@dataclass(frozen=True, slots=True, eq=False)
class Batch:
    """Some samples and their images as one (N, C, H, W) float32 tensor, of which the samples' images are views."""

    samples: list[Sample]
    images: Tensor

    def __len__(self) -> int:
        return len(self.samples)


def batches(
    samples: Sequence[Sample], size: int, *, order: Sequence[int] | None = None, threads: int = 2
) -> Iterator[Batch]:
    """Yield all samples, `size` at a time and the last batch smaller, in `order` (their own order where None).

    `threads` workers prepare the next batches; the order of what comes out does not depend on them. What a sample
    raises is raised here; DatasetError where images of one batch differ in shape.
    """
    if size < 1 or threads < 1:
        raise ValueError(f"size and threads are at least 1, not {size} and {threads}")
    places = range(len(samples)) if order is None else order
    parts = (places[start : start + size] for start in range(0, len(places), size))
    pool = ThreadPoolExecutor(threads, thread_name_prefix="adfw-images")
    try:
        waiting: deque[Future[Batch]] = deque(pool.submit(_batch, samples, part) for part in islice(parts, threads + 1))
        while waiting:
            batch = waiting.popleft().result()
            waiting.extend(pool.submit(_batch, samples, part) for part in islice(parts, 1))
            yield batch
            del batch
    finally:
        pool.shutdown(cancel_futures=True)


def _batch(samples: Sequence[Sample], places: Sequence[int]) -> Batch:
    chosen = [samples[int(place)] for place in places]
    shapes = {tuple(sample.image.shape): sample for sample in chosen}
    if len(shapes) > 1:
        (one, first), (other, second) = list(shapes.items())[:2]
        sizes = f"{first.id} is {_size(one)}, {second.id} is {_size(other)}"
        raise DatasetError(f"images of one batch have different sizes: {sizes}; resize them with `preprocessing`")
    # numpy, not torch: a torch operation in each worker thread would start a team of its own threads
    images = torch.from_numpy(np.stack([sample.image.numpy() for sample in chosen]))
    return Batch([replace(sample, image=image) for sample, image in zip(chosen, images, strict=True)], images)


def _size(shape: tuple[int, ...]) -> str:
    return " x ".join(map(str, shape))
