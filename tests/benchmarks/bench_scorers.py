"""Milliseconds an image for each scorer and pooling, grey 512 x 512, with and without another's straightforward SSIM.

    python tests/benchmarks/bench_scorers.py [THREADS] [BATCH]

Prints wall time and CPU time of the quickest of ten rounds, and asserts nothing.
"""

from __future__ import annotations

import sys
import time
from typing import TYPE_CHECKING

import torch
import torch.nn.functional as F
from torch import Tensor

from adfw import Evidence, pool_maps, smooth_maps
from adfw_plugins.scorers import adfw_scorers

if TYPE_CHECKING:
    from collections.abc import Callable

SIDE, ROUNDS = 512, 10


def main(threads: int, batch: int) -> None:
    torch.set_num_threads(threads)
    source = torch.Generator().manual_seed(0)
    observed, expected = (torch.rand((batch, 1, SIDE, SIDE), generator=source) for _ in range(2))
    print(f"{threads} thread(s), batches of {batch} grey images of {SIDE} x {SIDE}; ms an image: wall, CPU")
    for config in adfw_scorers():
        scorer, evidence = config().build(), [Evidence(observed, expected)]
        show(config.component_name(), batch, lambda: scorer.maps(evidence, (SIDE, SIDE)))  # noqa: B023
    show("ssim, convolutions", batch, lambda: plain_ssim(observed, expected))
    maps = observed[:, 0]
    for pooling in ("mean", "max", "top", "quantile"):
        show(f"pooling {pooling}", batch, lambda: pool_maps(maps, pooling))  # type: ignore[arg-type]  # noqa: B023
    for sigma in (1, 4):
        show(f"smoothing, sigma {sigma}", batch, lambda: smooth_maps(maps, sigma))  # noqa: B023


def show(name: str, batch: int, call: Callable[[], Tensor]) -> None:
    call()
    rounds = []
    for _ in range(ROUNDS):
        started, used = time.perf_counter(), time.process_time()
        call()
        rounds.append((time.perf_counter() - started, time.process_time() - used))
    wall, cpu = (1000 * min(times) / batch for times in zip(*rounds, strict=True))
    print(f"{name:24s} {wall:8.2f} {cpu:8.2f}")


def plain_ssim(observed: Tensor, expected: Tensor) -> Tensor:
    """Return SSIM maps as most implementations do: five moments, one 11 x 11 convolution."""
    axis = torch.exp(-0.5 * (torch.arange(-5, 6) / 1.5) ** 2)
    kernel = (axis[:, None] * axis / axis.sum() ** 2)[None, None]
    stacked = torch.cat([observed, expected, observed**2, expected**2, observed * expected])
    mu, nu, xx, yy, xy = F.conv2d(F.pad(stacked, (5, 5, 5, 5), mode="reflect"), kernel).chunk(5)
    luminance = (2 * mu * nu + 1e-4) / (mu**2 + nu**2 + 1e-4)
    return luminance * (2 * (xy - mu * nu) + 9e-4) / (xx - mu**2 + yy - nu**2 + 9e-4)


if __name__ == "__main__":
    main(*(int(word) for word in (sys.argv[1:] + ["2", "8"][len(sys.argv) - 1 :])))
