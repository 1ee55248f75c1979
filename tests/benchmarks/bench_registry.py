"""Measures the registry: publishing, listing 10,000 versions, and hashing; prints a table.

python tests/benchmarks/bench_registry.py
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from adfw.manifest import verify_manifest, write_manifest
from adfw.registry import Registry
from adfw.registry.database import writing

MEGABYTES = 5
PUBLISHED = 30
LISTED = 10_000
SUMMARY = '{"scorer": "mse", "strategy": "percentile(q=0.99)", "auroc": {"value": 0.9, "low": 0.8, "high": 0.95}}'


def write_package(folder: Path) -> Path:
    """Write a package of the size and number of files of the capsule autoencoder's."""
    (folder / "golden").mkdir(parents=True)
    (folder / "model.safetensors").write_bytes(os.urandom(MEGABYTES << 20))
    for name in ("model", "preprocess", "score", "threshold", "lineage", "metrics", "golden/golden"):
        (folder / f"{name}.json").write_text("{}")
    for name in ("card.md", "recipe.resolved.yaml", *(f"golden/{index}.png" for index in range(4))):
        (folder / name).write_bytes(os.urandom(50_000))
    write_manifest(folder)
    return folder


def milliseconds(times: list[float]) -> str:
    """Return median and 95th percentile."""
    times = sorted(1000 * value for value in times)
    return f"median {statistics.median(times):7.1f} ms, 95 % below {times[int(0.95 * len(times))]:7.1f} ms"


def main() -> None:
    """Print the table."""
    with tempfile.TemporaryDirectory() as place:
        registry = Registry(Path(place) / "registry")
        packages = [write_package(Path(place) / str(number)) for number in range(PUBLISHED)]
        hashing, publishing = [], []
        for package in packages:
            start = time.perf_counter()
            verify_manifest(package)
            hashed = time.perf_counter()
            registry.publish(package, "capsule")
            hashing.append(hashed - start)
            publishing.append(time.perf_counter() - hashed)
        print(f"hash a package of {MEGABYTES} MB, 14 files    {milliseconds(hashing)}")
        print(f"publish it (hashes it once, too)    {milliseconds(publishing)}")
        difference = [whole - part for whole, part in zip(publishing, hashing, strict=True)]
        print(f"publish besides hashing             {milliseconds(difference)}")

        with writing(registry.root) as database:
            digest = registry.resolve("capsule").digest
            for number in range(PUBLISHED + 1, LISTED + 1):
                database.execute("UPDATE models SET last_version = ? WHERE name = 'capsule'", (number,))
                row = ("capsule", number, digest, "2026-01-01T00:00:00+00:00", "me", 1, SUMMARY)
                columns = "name, number, digest, created, author, size, summary"
                database.execute(f"INSERT INTO versions ({columns}) VALUES (?, ?, ?, ?, ?, ?, ?)", row)
        for words in (["models", "list"], ["models", "list", "capsule"]):
            times, cpu = [], []
            for _ in range(9):
                start, before = time.perf_counter(), os.times()
                environment = os.environ | {"ADFW_HOME": place}
                command = [sys.executable, "-m", "adfw", *words]
                subprocess.run(command, env=environment, check=True, stdout=subprocess.DEVNULL)
                times.append(time.perf_counter() - start)
                cpu.append(sum(os.times()[2:4]) - sum(before[2:4]))
            print(f"adfw {' '.join(words):<20} of {LISTED:,} {milliseconds(times)}; CPU {milliseconds(cpu)}")


if __name__ == "__main__":
    main()
