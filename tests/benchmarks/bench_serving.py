"""The inspection service beside the bare detector, and under an open-loop load of 1.5 times what it can do.

    python tests/benchmarks/bench_serving.py            # a minute
    python tests/benchmarks/bench_serving.py --load 300 # five minutes of load
    python tests/benchmarks/bench_serving.py --side 512 --images FOLDER # with image files of one's own

Bare means the same files through `decode_image`, preprocessing and `Detector.score` in this process (one by one), or
through `adfw.inspect_files` (at saturation). The clients run on the same cores as the service. Rounds alternate between
both sides and the medians of their ratios are told; nothing is asserted but that verdicts are right.
"""

from __future__ import annotations

import argparse
import http.client
import json
import os
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch

from adfw import Catalog, Cut, Detector, Preprocessing, Sample, ScoreTable, decode_image, inspect_files, save_detector
from adfw.manifest import write_manifest
from adfw.registry.golden import FOLDER, write_golden

if TYPE_CHECKING:
    from collections.abc import Iterator

ROUNDS, TURNS, ONE_BY_ONE, MANY, CLIENTS = 3, 11, 40, 96, 16


def made(folder: Path, side: int) -> tuple[Detector, list[Path], Path]:
    """Return an untrained autoencoder, drawn capsules as files, and the detector's package with golden images."""
    catalog = Catalog.discover()
    model = catalog.find("model", "conv_autoencoder").config()
    scorer = catalog.find("scorer", "mae").config()
    data = catalog.find("dataset", "capsules").config(size=2 * side, train=1, calibration=24, normal=4, defects=1)
    torch.manual_seed(0)
    built = model.build().eval()
    samples = list(data.build().split("calibration"))
    size = Preprocessing(size=side, color="grey")
    detector = Detector(size, model, built, scorer, scorer.build(), Cut(1.0), {})
    scores = detector.inspect([sample.image for sample in samples]).scores
    cut = Cut(float((sorted(scores)[-2] + sorted(scores)[-1]) / 2))
    detector = Detector(size, model, built, scorer, scorer.build(), cut, {})
    table = ScoreTable.of([(s.id, "calibration", 0, "", float(v)) for s, v in zip(samples, scores, strict=True)])
    package = folder / "package"
    save_detector(detector, package, catalog, table)
    write_golden(detector, samples, table, package / FOLDER)
    write_manifest(package)
    return detector, written(samples, folder / "images"), package


def written(samples: list[Sample], folder: Path) -> list[Path]:
    from adfw.images.encode import encode_png

    folder.mkdir()
    for index, sample in enumerate(samples):
        (folder / f"{index:03d}.png").write_bytes(encode_png(sample.image))
    return sorted(folder.iterdir())


@contextmanager
def service(package: Path, folder: Path, *options: str) -> Iterator[tuple[int, int]]:
    """Run `adfw serve`; yield its port and process id."""
    words = [sys.executable, "-m", "adfw", "serve", str(package), "--port", "0", "--audit", str(folder / "audit.jsonl")]
    process = subprocess.Popen([*words, *options], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    line = next(line for line in process.stdout if line.startswith("listening at "))
    try:
        yield int(line.split()[2].rsplit(":", 1)[1]), process.pid
    finally:
        process.terminate()
        process.wait(60)


LOCAL = threading.local()


def ask(port: int, image: bytes) -> tuple[int, dict[str, Any]]:
    """Inspect one image over a connection that this thread keeps."""
    if getattr(LOCAL, "port", None) != port:
        LOCAL.connection, LOCAL.port = http.client.HTTPConnection("127.0.0.1", port, timeout=60), port
    LOCAL.connection.request("POST", "/v1/inspect", image, {"Content-Type": "image/png"})
    answer = LOCAL.connection.getresponse()
    return answer.status, json.loads(answer.read())


def one_by_one(detector: Detector, images: list[bytes], port: int) -> None:
    """Tell the median milliseconds of single images, bare and over HTTP, in turns of forty."""
    rounds = []
    for _ in range(TURNS):
        bare, served = [], []
        for index in range(ONE_BY_ONE):
            start, image = time.perf_counter(), images[index % len(images)]
            detector.score(detector.preprocessing.apply(decode_image(image))[None])
            bare.append(1000 * (time.perf_counter() - start))
        for index in range(ONE_BY_ONE):
            start = time.perf_counter()
            assert ask(port, images[index % len(images)])[0] == 200
            served.append(1000 * (time.perf_counter() - start))
        rounds.append((statistics.median(bare), statistics.median(served)))
    one, other = (statistics.median(side) for side in zip(*rounds, strict=True))
    extra = sorted(other - one for one, other in rounds)
    found = f"{statistics.median(extra):+.2f} ms ({extra[0]:+.2f} to {extra[-1]:+.2f} in {TURNS} rounds)"
    print(f"one by one, p50: bare {one:.2f} ms, served {other:.2f} ms: {found}")


def saturated(detector: Detector, files: list[Path], process: tuple[int, int]) -> float:
    """Tell the throughput of both; returns that of the service, in images a second."""
    images, (port, pid) = [path.read_bytes() for path in files], process
    spent: list[tuple[float, float]] = []
    rates: list[tuple[float, float]] = []
    with ThreadPoolExecutor(CLIENTS) as pool:
        for _ in range(ROUNDS):
            start, used = time.perf_counter(), time.process_time()
            assert len(list(inspect_files(detector, (files[index % len(files)] for index in range(MANY))))) == MANY
            middle, used, before = time.perf_counter(), time.process_time() - used, processor(pid)
            found = list(pool.map(lambda index: ask(port, images[index % len(images)])[0], range(MANY)))
            assert set(found) == {200}
            rates.append((MANY / (middle - start), MANY / (time.perf_counter() - middle)))
            spent.append((1000 * used / MANY, 1000 * (processor(pid) - before) / MANY))
    bare, served = (statistics.median(side) for side in zip(*rates, strict=True))
    ratio = statistics.median(other / one for one, other in rates)
    print(f"at saturation: bare {bare:.1f} /s, served {served:.1f} /s: {100 * ratio:.0f} %")
    own, theirs = (statistics.median(side) for side in zip(*spent, strict=True))
    print(f"processor time an image, clients left out: bare {own:.1f} ms, service and worker {theirs:.1f} ms")
    return served


def loaded(package: Path, images: list[bytes], process: tuple[int, int], rate: float, seconds: float) -> None:
    """Send images at a fixed rate whatever becomes of them, every tenth a golden one, and tell what came back."""
    port, pid = process
    entries = json.loads((package / FOLDER / "golden.json").read_text(encoding="utf-8"))["images"]
    golden = [((package / FOLDER / entry["file"]).read_bytes(), entry["verdict"]) for entry in entries]
    counts: Counter[str] = Counter()
    latencies: list[float] = []
    lock, memory = threading.Lock(), [resident(pid)]
    begin = time.perf_counter()

    def one(index: int, due: float) -> None:
        image, expected = golden[index // 10 % len(golden)] if index % 10 == 0 else (images[index % len(images)], "")
        status, answer = ask(port, image)
        with lock:
            counts["accepted" if status == 200 else str(status)] += 1
            if status == 200:
                latencies.append(1000 * (time.perf_counter() - due))
                counts["golden"] += bool(expected)
                counts["golden wrong"] += bool(expected) and answer["verdict"] != expected

    with ThreadPoolExecutor(256) as pool:
        for index in range(int(rate * seconds)):
            due = begin + index / rate
            time.sleep(max(0.0, due - time.perf_counter()))
            pool.submit(one, index, due)
            if index % max(1, int(rate * seconds / 10)) == 0:
                memory.append(resident(pid))
    memory.append(resident(pid))
    latencies.sort()
    p50, p99 = (latencies[int(share * (len(latencies) - 1))] for share in (0.5, 0.99))
    print(f"open loop, {rate:.1f} /s for {seconds:.0f} s: {dict(counts)}")
    print(f"accepted: p50 {p50:.0f} ms, p99 {p99:.0f} ms; memory of service and workers, MiB: {memory}")
    assert counts["golden wrong"] == 0, "a golden image was decided otherwise"


def resident(pid: int) -> int:
    """Return the resident memory of a process and its children in MiB, where /proc tells."""
    pages = [int(Path(f"/proc/{one}/statm").read_text().split()[1]) for one in family(pid)]
    return sum(pages) * os.sysconf("SC_PAGE_SIZE") >> 20


def processor(pid: int) -> float:
    """Return the seconds of processor time that a process and its children have used."""
    ticks = 0
    for one in family(pid):
        fields = Path(f"/proc/{one}/stat").read_text().rsplit(")", 1)[1].split()
        ticks += int(fields[11]) + int(fields[12])
    return ticks / os.sysconf("SC_CLK_TCK")


def family(pid: int) -> list[str]:
    """Return a process and its children."""
    return [str(pid), *Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--load", type=float, default=20.0, help="seconds of load at 1.5 times capacity")
    options.add_argument(
        "--side", type=int, default=256, help="pixels a side that the model sees; files have twice that"
    )
    options.add_argument("--images", type=Path, help="a folder of image files, instead of drawn capsules")
    chosen = options.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        detector, files, package = made(folder, chosen.side)
        files = files if chosen.images is None else sorted(chosen.images.iterdir())[: len(files)]
        images = [path.read_bytes() for path in files]
        print(f"{len(files)} files of {sum(map(len, images)) / len(images) / 1000:.0f} KB, scored at {chosen.side}")
        print(f"{os.cpu_count()} CPUs, torch {torch.__version__}, {torch.get_num_threads()} threads")
        with service(package, folder, "--threads", str(torch.get_num_threads())) as (port, pid):
            one_by_one(detector, images, port)
            rate = saturated(detector, files, (port, pid))
            if chosen.load:
                loaded(package, images, (port, pid), 1.5 * rate, chosen.load)


if __name__ == "__main__":
    main()
