"""Measures inspecting: cold start to the first verdict, steady state against the bare model, memory over many images.

    python tests/benchmarks/bench_inspect.py [IMAGES]

The detector is a freshly built capsule autoencoder at 512 x 512, which costs what a trained one does; for memory it is
one at 64 x 64, over IMAGES (10,000) drawn PNG files. Prints CPU seconds beside wall-clock ones: the former hold on a
machine that is shared, too. Draws the curve of memory as text, a row for each tenth of the images.
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import torch

from adfw import Catalog, Cut, Detector, InspectionOptions, Preprocessing, inspect_files, save_detector
from adfw.images.encode import encode_png

ROUNDS, BATCH = 7, 8
COLD = "import sys, adfw; print(adfw.load_detector(sys.argv[1]).inspect([sys.argv[2]]).verdicts[0])"
WATCH = """
import sys
from pathlib import Path
import torch
from adfw import inspect_files, load_detector
torch.set_num_threads(1)
detector, files = load_detector(sys.argv[1]), sorted(Path(sys.argv[2]).iterdir())
total = int(sys.argv[3])
every = max(1, total // 20)
for done, _ in enumerate(inspect_files(detector, (files[i % len(files)] for i in range(total))), start=1):
    if done % every == 0:
        pages = int(Path("/proc/self/statm").read_text().split()[1])
        print(done, pages * 4096 / 2**20, flush=True)
"""


def make_detector(folder: Path, size: int) -> Detector:
    """Save an untrained capsule autoencoder with a threshold, and return it."""
    catalog = Catalog.discover()
    model = catalog.find("model", "conv_autoencoder").config()
    scorer = catalog.find("scorer", "ssim").config(pooling="max")
    preprocessing = Preprocessing(size=size, color="grey")
    built = model.build().eval()
    detector = Detector(preprocessing, model, built, scorer, scorer.build(), Cut(0.5), {})
    save_detector(detector, folder, catalog)
    return detector


def make_images(folder: Path, count: int, size: int) -> list[Path]:
    """Write noise as grey PNG files."""
    folder.mkdir()
    for index in range(count):
        image = torch.rand((1, size, size), generator=torch.Generator().manual_seed(index)).mul(255).round().div(255)
        (folder / f"{index:05d}.png").write_bytes(encode_png(image))
    return sorted(folder.iterdir())


def cold(folder: Path, image: Path) -> None:
    """Print how long a new process takes to its first verdict, and to import torch alone, alternating."""
    programs = {"import torch alone": ["import torch"], "load and first verdict": [COLD, str(folder), str(image)]}
    times: dict[str, list[tuple[float, float]]] = {name: [] for name in programs}
    for _ in range(ROUNDS):
        for name, words in programs.items():
            start, before = time.perf_counter(), os.times()
            subprocess.run([sys.executable, "-c", *words], check=True, stdout=subprocess.DEVNULL)
            after = os.times()
            times[name].append((time.perf_counter() - start, sum(after[2:4]) - sum(before[2:4])))
    for name, found in times.items():
        walls, cpus = zip(*found, strict=True)
        print(f"cold process, {name:<22}  shortest {min(walls):.2f} s, median CPU {statistics.median(cpus):.2f} s")


def steady(detector: Detector, files: list[Path]) -> None:
    """Print inspecting files against the bare model and scorer on the same images, alternating."""
    images = [detector.preprocessing.apply(image) for image in map(_decoded, files)]
    bare, whole = [], []
    for _ in range(ROUNDS):
        start = time.process_time()
        for first in range(0, len(images), BATCH):
            detector.score(torch.stack(images[first : first + BATCH]))
        middle = time.process_time()
        list(inspect_files(detector, files, InspectionOptions(), batch=BATCH))
        bare.append(middle - start)
        whole.append(time.process_time() - middle)
    ratio = statistics.median(two / one for one, two in zip(bare, whole, strict=True))
    share = f"{1000 * statistics.median(whole) / len(files):.1f} ms CPU an image"
    print(f"inspecting files / bare examine and score: {ratio:.3f} ({share}, {len(files)} images, batches of {BATCH})")


def memory(folder: Path, images: Path, total: int) -> None:
    """Print resident memory over many images."""
    done = subprocess.run(
        [sys.executable, "-c", WATCH, str(folder), str(images), str(total)], check=True, capture_output=True, text=True
    )
    rows = [(int(count), float(size)) for count, size in map(str.split, done.stdout.splitlines())]
    highest = max(size for _, size in rows)
    print("images   MiB resident")
    for count, size in rows:
        print(f"{count:6d}  {size:7.1f}  {'#' * round(40 * size / highest)}")


def _decoded(path: Path) -> torch.Tensor:
    from adfw import decode_image

    return decode_image(path)


def main() -> None:
    """Print all three."""
    total = int(sys.argv[1]) if len(sys.argv) > 1 else 10_000
    with tempfile.TemporaryDirectory() as text:
        place = Path(text)
        detector = make_detector(place / "large", 512)
        files = make_images(place / "photos", 24, 512)
        cold(place / "large", files[0])
        steady(detector, files)
        make_detector(place / "small", 64)
        make_images(place / "small photos", 500, 64)
        memory(place / "small", place / "small photos", total)


if __name__ == "__main__":
    main()
