"""Shards through Ray Data: readers on CPUs, scorers beside them, and one writer that puts the tables together.

Ray Data holds readers back where scorers are slower, so memory stays bounded however many images there are. What a lost
machine had read or scored is done again elsewhere; a table is written once, when its last piece has come.
"""

from __future__ import annotations

import json
import logging
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import numpy as np

from adfw import AdfwError, Shard, TaskResult

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from adfw import Detector, Task
    from adfw_plugins.executors.cluster import RayConfig

BLOCKS = 1000
"""Most blocks of pieces at the start; each reader takes one at a time."""
Files = dict[str, bytes]


def stream(tasks: Sequence[Task], config: RayConfig) -> Iterator[TaskResult]:
    """Inspect the shards that are not there yet; the detector's files travel along, so nodes need no common disk."""
    shards = {task.key: Shard.of(task.arguments) for task in tasks}
    todo = {}
    for key, shard in shards.items():
        if shard.done():
            yield TaskResult(key, values={"counts": shard.counts()})
        else:
            todo[key] = shard
    if todo:
        yield from _stream(todo, config)


def _stream(todo: dict[str, Shard], config: RayConfig) -> Iterator[TaskResult]:
    first = next(iter(todo.values()))
    detector = first.load()  # here, to fail with a sentence before the cluster starts
    missing = {key: len(shard.pieces()) for key, shard in todo.items()}
    found: dict[str, dict[int, Any]] = {key: {} for key in todo}
    try:
        for row in _rows(todo, first, config):
            key, piece = row["key"], int(row["piece"])
            found[key][piece] = _scored(row)
            if len(found[key]) == missing[key]:
                pieces = found.pop(key)
                yield _written(key, todo[key], [pieces[place] for place in range(missing[key])], detector)
    except _ray_errors() as error:
        reason = " ".join(str(error).split())[:300]
        yield from (TaskResult(key, f"the cluster lost it: {reason}") for key in found)


def _rows(todo: dict[str, Shard], first: Shard, config: RayConfig) -> Iterator[dict[str, Any]]:
    """Yield a row of scores for each piece, in the order in which they come."""
    import ray

    logging.getLogger("ray.data").setLevel(logging.ERROR)  # the verb tells of every shard
    ray.data.DataContext.get_current().enable_progress_bars = False
    rows = [
        {"key": key, "piece": piece, "images": list(images)}
        for key, shard in todo.items()
        for piece, images in enumerate(shard.pieces())
    ]
    carried = ray.put(_files(Path(first.detector)))
    about = first.arguments() | {"images": []}
    pieces = ray.data.from_items(rows, override_num_blocks=min(len(rows), BLOCKS))
    read = pieces.map(
        cast("Any", Reader),
        fn_constructor_args=(carried, about),
        compute=ray.data.ActorPoolStrategy(size=config.readers),
        num_cpus=1,
    )
    scored = read.map(
        cast("Any", Scorer),
        fn_constructor_args=(carried, about),
        compute=ray.data.ActorPoolStrategy(size=config.scorers),
        num_cpus=config.cpus,
        num_gpus=config.gpus or None,
    )
    yield from scored.iter_rows()


class _Carried:
    """A detector from the files that travelled along."""

    def __init__(self, carried: Any, about: dict[str, Any]) -> None:
        import ray

        files: Files = carried if isinstance(carried, dict) else ray.get(carried)
        with tempfile.TemporaryDirectory(prefix="adfw-") as folder:
            for name, content in files.items():
                (Path(folder) / name).parent.mkdir(parents=True, exist_ok=True)
                (Path(folder) / name).write_bytes(content)
            self.detector: Detector = Shard.of(about).load(Path(folder))


class Reader(_Carried):
    """Reads and decodes the images of a piece."""

    def __init__(self, carried: Any, about: dict[str, Any]) -> None:
        super().__init__(carried, about | {"device": "cpu"})

    def __call__(self, row: dict[str, Any]) -> dict[str, Any]:
        """Return the piece with its pixels as bytes, which any block can hold beside any other."""
        pixels, faults = Shard.read([str(image) for image in row["images"]], self.detector)
        packed = {"pixels": pixels.tobytes(), "type": pixels.dtype.name, "shape": list(pixels.shape)}
        return {"key": row["key"], "piece": row["piece"], "faults": json.dumps(faults), **packed}


class Scorer(_Carried):
    """Scores a piece."""

    def __call__(self, row: dict[str, Any]) -> dict[str, Any]:
        """Return the piece's scores as bytes, bit by bit."""
        pixels = np.frombuffer(row["pixels"], row["type"]).reshape(row["shape"])
        scores, faults = Shard.score((pixels, json.loads(row["faults"])), self.detector)
        return {"key": row["key"], "piece": row["piece"], "scores": scores.tobytes(), "faults": json.dumps(faults)}


def _scored(row: dict[str, Any]) -> Any:
    return np.frombuffer(row["scores"], np.float64), json.loads(row["faults"])


def _written(key: str, shard: Shard, pieces: list[Any], detector: Detector) -> TaskResult:
    try:
        return TaskResult(key, values={"counts": shard.write(pieces, detector)})
    except AdfwError as error:
        return TaskResult(key, str(error))


def _files(folder: Path) -> Files:
    paths = (path for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in paths}


def _ray_errors() -> tuple[type[Exception], ...]:
    import ray

    return (ray.exceptions.RayError,)
