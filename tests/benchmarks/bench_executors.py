"""Images a second through the executors beside the bare detector's, and scaling simulated with measured times.

    python tests/benchmarks/bench_executors.py [IMAGES] [--ray]

Draws IMAGES (10,000) pictures of 256 x 256, inspects them with the same detector in this process (`Detector.inspect`, 8
at a time), through `local` and, with --ray, through `ray` on this machine; each with one thread, in turns. Prints
figures and asserts nothing; the targets are 95 % and 85 % of the bare detector's. "Without start" counts from the first
table to the last: starting Python, torch and Ray takes seconds however many images there are. On a machine that others
use, too, compare the CPU seconds an image: those of a process and its children.
"""

from __future__ import annotations

import heapq
import os
import statistics
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import torch
from PIL import Image

import adfw
from adfw import Catalog, Cut, Detector, Preprocessing, Shard, save_detector

SIDE, PIECE = 256, 8


def make(folder: Path, count: int) -> tuple[Path, list[str]]:
    catalog = Catalog.discover()
    torch.manual_seed(0)
    model = catalog.find("model", "conv_autoencoder").config()
    scorer = catalog.find("scorer", "mse").config(pooling="max")
    size = Preprocessing(size=SIDE, color="grey")
    made = Detector(size, model, model.build().eval(), scorer, scorer.build(), Cut(0.5), {})
    save_detector(made, folder / "detector", catalog)
    (folder / "images").mkdir()
    generator = np.random.default_rng(0)
    ramp = np.linspace(40, 200, SIDE)[None, :] + np.linspace(0, 40, SIDE)[:, None]
    for index in range(count):
        noisy = (ramp + generator.normal(0, 6, (SIDE, SIDE))).clip(0, 255).astype(np.uint8)
        Image.fromarray(noisy).save(folder / "images" / f"{index:06d}.png", compress_level=1)
    return folder / "detector", sorted(str(path) for path in (folder / "images").iterdir())


def cpu_seconds() -> float:
    """Return those of this process and of its children that have ended."""
    times = os.times()
    return times.user + times.system + times.children_user + times.children_system


def bare(place: Path, images: list[str]) -> tuple[float, float]:
    """Return images a second, and CPU milliseconds an image."""
    detector = adfw.read_detector(place)
    start, used = time.perf_counter(), cpu_seconds()
    for first in range(0, len(images), PIECE):
        detector.inspect(images[first : first + PIECE])
    return len(images) / (time.perf_counter() - start), 1000 * (cpu_seconds() - used) / len(images)


def through(executor: str, place: Path, images: list[str]) -> tuple[float, float, float]:
    """Return images a second, all in all and from the first table to the last, and CPU milliseconds an image."""
    times, used = [time.perf_counter()], cpu_seconds()
    shard = max(PIECE, len(images) // 10)
    with tempfile.TemporaryDirectory() as out:
        found = adfw.inspect_shards(
            place,
            images,
            out=out,
            executor=executor,
            shard=shard,
            piece=PIECE,
            told=lambda _: times.append(time.perf_counter()),
        )
    assert not found.faults, found.faults
    whole, steady = len(images) / (times[-1] - times[0]), (len(images) - shard) / (times[-1] - times[1])
    return whole, steady, 1000 * (cpu_seconds() - used) / len(images)


def service_times(place: Path, images: list[str]) -> tuple[list[float], list[float], float]:
    """Return the seconds that reading and scoring a piece take, piece by piece, and a piece's share of writing."""
    detector = adfw.read_detector(place)
    read_seconds, score_seconds, scored = [], [], []
    for first in range(0, len(images), PIECE):
        start = time.perf_counter()
        read = Shard.read(images[first : first + PIECE], detector)
        middle = time.perf_counter()
        scored.append(Shard.score(read, detector))
        read_seconds.append(middle - start)
        score_seconds.append(time.perf_counter() - middle)
    start = time.perf_counter()
    with tempfile.TemporaryDirectory() as out:
        Shard(f"{out}/part.csv", tuple(images), str(place), "", "title").write(scored, detector)
    return read_seconds, score_seconds, (time.perf_counter() - start) / len(scored)


def simulate(nodes: int, times: tuple[list[float], list[float], float], pieces: int) -> float:
    """Return pieces a second of `nodes` with a reader and a scorer each, and one writer for all."""
    readers, scorers = [0.0] * nodes, [0.0] * nodes
    ready = []
    for piece in range(pieces):
        end = heapq.heappop(readers) + times[0][piece % len(times[0])]
        heapq.heappush(readers, end)
        ready.append(end)
    done = []
    for piece, start in enumerate(sorted(ready)):
        end = max(start, heapq.heappop(scorers)) + times[1][piece % len(times[1])]
        heapq.heappush(scorers, end)
        done.append(end)
    clock = 0.0
    for end in sorted(done):
        clock = max(clock, end) + times[2]
    return pieces / clock


def main(count: int, *, with_ray: bool) -> None:
    torch.set_num_threads(1)
    with tempfile.TemporaryDirectory() as folder:
        place, images = make(Path(folder), count)
        before = bare(place, images[: count // 2])
        executors = ["local", *(["ray(readers=1,scorers=1)"] if with_ray else [])]
        found = {executor: through(executor, place, images) for executor in executors}
        after = bare(place, images[count // 2 :])
        base, used = (statistics.mean(pair) for pair in zip(before, after, strict=True))
        print(f"bare detector: {before[0]:.1f} and {after[0]:.1f} images a second, before and after; ", end="")
        print(f"{used:.1f} ms of CPU an image")
        for executor, (whole, steady, own) in found.items():
            cpu = f"{own:.1f} ms of CPU an image" if executor == "local" else "CPU not counted"
            print(f"{executor}: {whole:.1f} ({whole / base:.0%}); ", end="")
            print(f"without start {steady:.1f} ({steady / base:.0%}); {cpu}")
        times = service_times(place, images[:400])
        print(f"a piece of {PIECE}: reading {1000 * statistics.median(times[0]):.1f} ms, ", end="")
        print(f"scoring {1000 * statistics.median(times[1]):.1f} ms (medians), ", end="")
        print(f"writing {1000 * times[2]:.2f} ms; what Ray itself takes is not in the simulation")
        one = simulate(1, times, 5000)
        for nodes in (1, 2, 4, 8, 16, 32, 64, 128):
            speed = simulate(nodes, times, 5000 * nodes)
            print(f"{nodes:4d} nodes: {PIECE * speed:9.0f} images a second, {speed / one / nodes:.0%} of linear")


if __name__ == "__main__":
    words = [word for word in sys.argv[1:] if word != "--ray"]
    main(int(words[0]) if words else 10_000, with_ray="--ray" in sys.argv)
