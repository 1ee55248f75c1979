"""A large inspection: images cut into shards, done by an executor, gone on with where it stopped."""

from __future__ import annotations

import hashlib
import json
import os
from collections import Counter
from typing import TYPE_CHECKING, Any, NamedTuple

from adfw.catalog import Catalog
from adfw.component_text import find
from adfw.errors import DatasetError, RunError
from adfw.interfaces import Task
from adfw.manifest import verify_manifest
from adfw.registry.loading import locate
from adfw.shards.places import is_url, list_images, read_text, write_once
from adfw.shards.shard import Shard, to_json

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from pathlib import Path

    from adfw.component import Component
    from adfw.interfaces import Executor

JOB, SUMMARY = "job.json", "summary.json"


class ShardedInspection(NamedTuple):
    """What a large inspection came to: images by verdict, the tables that were written, and the shards that failed."""

    counts: dict[str, int]
    tables: list[str]
    faults: dict[str, str]


def inspect_shards(  # noqa: PLR0913 - what a large inspection is made of
    detector: Path | str,
    images: Sequence[str],
    *,
    out: str,
    executor: str | Component[Executor] = "local",
    shard: int = 1024,
    piece: int = 8,
    device: str = "cpu",
    catalog: Catalog | None = None,
    listed: Iterable[str] = (),
    told: Callable[[str], None] = lambda _: None,
) -> ShardedInspection:
    """Inspect images in shards of `shard` and write `out`/part-00000-of-00010.csv and so on, each once.

    `images` are files, folders, patterns, URLs of these, or "-" for lines of `listed`; `out` is a folder or a URL. The
    same call again does the shards that are missing. Raises DatasetError, DetectorError, RegistryError, PluginError,
    and RunError for an `out` that holds another inspection.
    """
    catalog = Catalog.discover() if catalog is None else catalog
    config = find("executor", executor, catalog) if isinstance(executor, str) else executor
    place = locate(detector)
    found = list_images(images, listed)
    if not found:
        raise DatasetError("there is no image to inspect; name files, folders or patterns")
    base = out.rstrip("/") if is_url(out) else os.path.abspath(out)
    about = Shard("", (), str(place.folder.absolute()), verify_manifest(place.folder), place.title, device, piece)
    shards = _cut(found, shard, base, about)
    _begin(base, {"detector": about.digest, "images": _digest(found), "shard": shard, "piece": piece})
    return _do(shards, config.build(), base, told)


def _cut(images: Sequence[str], size: int, base: str, about: Shard) -> list[Shard]:
    parts = [tuple(images[start : start + size]) for start in range(0, len(images), size)]
    same = about.arguments()
    return [
        Shard.of(same | {"out": f"{base}/part-{number:05d}-of-{len(parts):05d}.csv", "images": part})
        for number, part in enumerate(parts)
    ]


def _digest(images: Sequence[str]) -> str:
    return hashlib.sha256("\n".join(images).encode("utf-8", "surrogateescape")).hexdigest()


def _begin(base: str, job: dict[str, Any]) -> None:
    """Note what the folder is for; refuse one that is for something else."""
    before = read_text(f"{base}/{JOB}")
    if before is None:
        write_once(f"{base}/{JOB}", to_json(job))
    elif differing := sorted(name for name, value in json.loads(before).items() if job.get(name) != value):
        raise RunError(f"{base}: holds an inspection with other {' and '.join(differing)}; choose another --out")


def _do(shards: list[Shard], executor: Executor, base: str, told: Callable[[str], None]) -> ShardedInspection:
    todo = {shard.out: shard for shard in shards if not shard.done()}
    counts: Counter[str] = Counter()
    for shard in shards:
        counts.update({} if shard.out in todo else shard.counts())
    if len(todo) < len(shards):
        told(f"{len(shards) - len(todo)} of {len(shards)} shards are there already")
    faults: dict[str, str] = {}
    tasks = [Task(shard.out, "inspect", shard.arguments()) for shard in todo.values()]
    for number, result in enumerate(executor.execute(tasks, fresh=False), start=1):
        counts.update(result.values.get("counts", {}))
        faults |= {result.key: result.fault} if result.fault else {}
        told(f"[{number}/{len(todo)}] {result.key.rpartition('/')[2]}: {result.fault or 'done'}")
    if not faults:
        write_once(f"{base}/{SUMMARY}", to_json({"images": counts.total(), "verdicts": dict(counts)}))
    return ShardedInspection(dict(counts), [shard.out for shard in shards if shard.out not in faults], faults)
