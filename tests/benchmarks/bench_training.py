"""Training speed of the convolutional autoencoder: the plain loop a user would write, and each thing adfw does beyond.

    python tests/benchmarks/bench_training.py             images/s of every row, interleaved in one process
    python tests/benchmarks/bench_training.py --epochs 12 and the loss after 12 epochs, plain loop against adfw

Other programs slow down the wall clock: CPU seconds an image, both cores together, bear that better. Reads the PNG
files of --root (1,000 x 1,000 pixels where drawn), learns at 512 x 512 in batches of 16.
"""

from __future__ import annotations

import argparse
import os
import resource
import statistics
import tempfile
import time
from contextlib import nullcontext
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import torch
from PIL import Image
from torch.nn import functional as F
from torch.utils.data import DataLoader, Dataset
from torchvision.io import write_png

from adfw import FitContext, ImageStore, Preprocessing, Sample, TrainingSettings, decode_image, list_images
from adfw.compute import resolve_precision
from adfw.memory import reuse_freed_memory
from adfw.training.feed import feed
from adfw.training.parts import Parts
from adfw_plugins.conv_autoencoder import ConvAutoencoderConfig
from adfw_plugins.datasets import CapsulesConfig

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from torch import Tensor, nn

    from adfw import Progress

SIDE, BATCH, SEED = 512, 16, 0
GFLOP = 7.44
"""Multiplications and additions of one image's forward and backward pass, in 10^9."""


class Silent:
    """A Progress that keeps the curves."""

    def __init__(self) -> None:
        self.losses: list[float] = []
        self.speeds: list[float] = []

    def step(self, done: float, total: float, figures: Mapping[str, float]) -> None:
        """Show nothing."""

    def record(self, figures: Mapping[str, float]) -> None:
        """Keep the loss."""
        self.losses.append(figures["train_loss"])
        self.speeds.append(figures["images_per_s"])

    def say(self, sentence: str) -> None:
        """Print what slows the training down."""
        print(sentence)


class Files(Dataset):
    """What a user would write: Pillow, in every epoch again."""

    def __init__(self, paths: Sequence[Path]) -> None:
        self.paths = paths

    def __len__(self) -> int:
        return len(self.paths)

    def __getitem__(self, index: int) -> Tensor:
        with Image.open(self.paths[index]) as image:
            grey = image.convert("L").resize((SIDE, SIDE))
        return torch.from_numpy(np.asarray(grey, dtype=np.float32) / 255)[None]


class Decoded(list[Path]):
    """The same files as samples."""

    def __getitem__(self, index: int) -> Sample:
        path = super().__getitem__(index)
        return Sample(path.name, decode_image(path), 0, path=path)


def new_network(memory_format: torch.memory_format) -> nn.Module:
    torch.manual_seed(SEED)
    return ConvAutoencoderConfig().build().to(memory_format=memory_format).train()


def epoch(network: nn.Module, optimizer: torch.optim.Optimizer, batches: Iterable[Tensor], *, bf16: bool) -> float:
    """Run one epoch of the plain loop; returns its mean loss."""
    total, count = 0.0, 0
    for images in batches:
        optimizer.zero_grad()
        with torch.autocast("cpu", torch.bfloat16, enabled=bf16):
            loss = F.mse_loss(network(images), images)
        loss.backward()
        optimizer.step()
        total, count = total + loss.item() * len(images), count + len(images)
    return total / count


def plain(
    paths: Sequence[Path], store: ImageStore | None, *, last: bool, bf16: bool, reuse: bool
) -> Callable[[], None]:
    """Return an epoch of the plain loop with some of what adfw does beyond; without `store` it reads the files."""
    order = list(range(len(paths)))
    network = new_network(torch.channels_last if last else torch.contiguous_format)
    optimizer = torch.optim.Adam(network.parameters(), lr=1e-3, weight_decay=1e-5)

    def run() -> None:
        loader = DataLoader(Files(paths), BATCH, sampler=order, num_workers=2)
        with reuse_freed_memory() if reuse else nullcontext():
            epoch(network, optimizer, feed(store, order, BATCH, "cpu") if store else loader, bf16=bf16)

    return run


def fit(store: ImageStore, progress: Progress, epochs: int, *, compiling: bool = False) -> None:
    """Train as `adfw run` does, without held-out images."""
    settings = TrainingSettings(epochs=epochs, batch_size=BATCH, validation_share=0)
    model = ConvAutoencoderConfig(training=settings).build()
    model.fit(store, FitContext("cpu", resolve_precision("auto", "cpu"), SEED, progress, compile=compiling))


def cpu_seconds() -> float:
    return sum(os.times()[:4])


def measure(rows: Mapping[str, Callable[[], None]], images: int, rounds: int) -> None:
    """Print images/s (median of the rounds), CPU milliseconds an image, and how much quicker than the first row."""
    wall, cpu = {name: [] for name in rows}, {name: [] for name in rows}
    for _ in range(rounds + 1):
        for name, run in rows.items():
            before, began = cpu_seconds(), time.perf_counter()
            run()
            wall[name].append((time.perf_counter() - began) / images)
            cpu[name].append((cpu_seconds() - before) / images)
    first = next(iter(rows))
    middle = {name: (statistics.median(wall[name][1:]), statistics.median(cpu[name][1:])) for name in rows}
    print(f"{'':32}{'images/s':>10}{'spread':>14}{'times':>8}{'CPU ms/image':>14}{'times':>8}")
    for name, (seconds, work) in middle.items():
        spread = f"{1 / max(wall[name][1:]):.1f}-{1 / min(wall[name][1:]):.1f}"
        quicker, lighter = middle[first][0] / seconds, middle[first][1] / work
        print(f"{name:32}{1 / seconds:10.1f}{spread:>14}{quicker:8.2f}{work * 1e3:14.0f}{lighter:8.2f}")


def print_limits() -> None:
    """Print what matrix multiplication alone would allow."""
    for dtype in (torch.float32, torch.bfloat16):
        one = torch.randn(2048, 2048).to(dtype)
        seconds = []
        for _ in range(12):
            began = time.perf_counter()
            one @ one
            seconds.append(time.perf_counter() - began)
        speed = 2 * 2048**3 / min(seconds) / 1e9
        print(f"matrix multiplication, {str(dtype)[6:]:9} {speed:6.0f} GFLOP/s: at most {speed / GFLOP:5.1f} images/s")


def compare_losses(paths: Sequence[Path], store: ImageStore, epochs: int) -> None:
    """Print the loss of the last epoch: the plain loop against adfw, same weights and same order to begin with."""
    torch.manual_seed(SEED)
    network = new_network(torch.contiguous_format)
    optimizer = torch.optim.Adam(network.parameters(), lr=1e-3, weight_decay=1e-5)
    parts = Parts(list(range(len(paths))), [])
    for number in range(epochs):
        loader = DataLoader(Files(paths), BATCH, sampler=parts.order(SEED, number), num_workers=2)
        theirs = epoch(network, optimizer, loader, bf16=False)
    silent = Silent()
    fit(store, silent, epochs)
    ours = silent.losses[-1]
    print(f"loss after {epochs} epochs: plain {theirs:.6f}, adfw {ours:.6f} ({ours / theirs - 1:+.1%})")


def draw(folder: Path, count: int) -> list[Path]:
    """Write PNG files of the size MVTec AD's have."""
    dataset = CapsulesConfig(size=1000, train=count, calibration=1, normal=1, defects=1).build()
    for number, sample in enumerate(dataset.split("train")):
        write_png((sample.image * 255).round().to(torch.uint8), str(folder / f"{number:03}.png"))
    return sorted(folder.glob("*.png"))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--root", type=Path, help="a folder of images; drawn ones without it")
    parser.add_argument("--images", type=int, default=64)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--epochs", type=int, default=0)
    parser.add_argument("--compile", action="store_true")
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        paths = list_images(args.root)[: args.images] if args.root else draw(Path(folder), args.images)
        store = ImageStore(Decoded(paths), Preprocessing(size=SIDE, color="grey"))
        rows = {
            "plain loop: fp32, DataLoader": plain(paths, None, last=False, bf16=False, reuse=False),
            "+ decoded once": plain(paths, store, last=False, bf16=False, reuse=False),
            "+ channels last": plain(paths, store, last=True, bf16=False, reuse=False),
            "+ bf16": plain(paths, store, last=True, bf16=True, reuse=False),
            "+ freed memory reused": plain(paths, store, last=True, bf16=True, reuse=True),
            "adfw": lambda: fit(store, Silent(), 1),
        }
        measure(rows, len(paths), args.rounds)
        print_limits()
        if args.compile:
            silent = Silent()
            fit(store, silent, args.rounds + 1, compiling=True)
            print(f"adfw, compiled: {statistics.median(silent.speeds[1:]):.1f} images/s after its first epoch")
        if args.epochs:
            compare_losses(paths, store, args.epochs)
        print(f"peak memory of all of it: {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MB")


if __name__ == "__main__":
    main()
