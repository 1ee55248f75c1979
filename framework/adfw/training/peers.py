"""The processes that train one model together, as `torchrun` starts them; usually there is only this one."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from os import environ
from typing import TYPE_CHECKING

import torch
from torch import distributed

from adfw.errors import TrainingError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from torch import Tensor, nn

WAIT = timedelta(days=7)
"""How long the others wait for the first process, which also scores and reports."""


@dataclass(frozen=True)
class Peers:
    """This process's number, from 0, and how many there are."""

    rank: int = 0
    count: int = 1

    @classmethod
    def now(cls) -> Peers:
        """Return those that have been joined; one where none have."""
        if not (distributed.is_available() and distributed.is_initialized()):
            return cls()
        return cls(distributed.get_rank(), distributed.get_world_size())

    def share(self, order: Sequence[int], size: int) -> list[int]:
        """Return what this process takes of each batch of `size`, one batch after the other.

        Raises TrainingError where a batch cannot be shared so that everyone has something of it.
        """
        if self.count == 1:
            return list(order)
        if size % self.count or 0 < len(order) % size < self.count:
            raise TrainingError(
                f"{len(order)} images in batches of {size} leave one of {self.count} processes without work; make "
                "model.training.batch_size a multiple of their number, or change model.training.validation_share"
            )
        batches = (order[start : start + size] for start in range(0, len(order), size))
        return [i for batch in batches for i in batch[_part(len(batch), self.rank, self.count)]]

    def mean(self, value: Tensor, images: int) -> tuple[Tensor, int]:
        """Return the mean over everyone's images of `value`, the mean over this process's, and how many they are."""
        if self.count == 1:
            return value.detach(), images
        told = torch.tensor([value.item() * images, images], dtype=torch.float64, device=value.device)
        distributed.all_reduce(told)
        return told[0] / told[1], int(told[1])

    def add_gradients(self, parameters: Sequence[nn.Parameter]) -> None:
        """Give everyone the sum of everyone's gradients; who has none of a parameter counts as 0, and gets the sum."""
        if self.count == 1:
            return
        gradients = [torch.zeros_like(one) if one.grad is None else one.grad for one in parameters]
        held = torch.tensor([one.grad is not None for one in parameters]).to(gradients[0])
        together = torch.cat([held, *(gradient.flatten() for gradient in gradients)])
        distributed.all_reduce(together)
        holders, *sums = torch.split(together, [len(gradients), *(gradient.numel() for gradient in gradients)])
        for parameter, gradient, count, summed in zip(parameters, gradients, holders.tolist(), sums, strict=True):
            parameter.grad = gradient.copy_(summed.view(gradient.shape)) if count else None

    def agree(self, tensors: Iterable[Tensor]) -> None:
        """Give everyone the first process's values."""
        for tensor in tensors if self.count > 1 else ():
            held = tensor.detach().contiguous()
            distributed.broadcast(held, 0)
            tensor.detach().copy_(held)

    def tell(self, text: str) -> str:
        """Return the first process's text to everyone."""
        if self.count == 1:
            return text
        size = torch.tensor([len(text.encode())])
        distributed.broadcast(size, 0)
        letters = torch.zeros(int(size), dtype=torch.uint8)
        if self.rank == 0:
            letters.copy_(torch.frombuffer(bytearray(text.encode()), dtype=torch.uint8))
        distributed.broadcast(letters, 0)
        return bytes(letters.tolist()).decode()

    def wait(self) -> None:
        """Return when everyone is here."""
        if self.count > 1:
            distributed.barrier()


def _part(size: int, rank: int, count: int) -> slice:
    return slice(size * rank // count, size * (rank + 1) // count)


@contextmanager
def joined() -> Iterator[Peers]:
    """Join the other processes that `torchrun` started, and leave them afterwards; without it there are none."""
    if int(environ.get("WORLD_SIZE", "1")) == 1 or Peers.now().count > 1:
        yield Peers.now()
        return
    if torch.cuda.is_available():
        torch.cuda.set_device(int(environ.get("LOCAL_RANK", "0")))
    distributed.init_process_group("cpu:gloo,cuda:nccl" if torch.cuda.is_available() else "gloo", timeout=WAIT)
    try:
        yield Peers.now()
    finally:
        distributed.destroy_process_group()
