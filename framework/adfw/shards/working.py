"""One shard in this process: the next piece is read while this one is scored."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from adfw.shards.shard import Shard

if TYPE_CHECKING:
    from adfw.detector import Detector
    from adfw.shards.pieces import ScoredPiece


def work(**arguments: Any) -> dict[str, Any]:
    """Inspect a shard, unless its table is there already, and return the counts of verdicts."""
    shard = Shard.of(arguments)
    if shard.done():
        return {"counts": shard.counts()}
    detector = _load(shard.detector, shard.digest, shard.device)
    return {"counts": shard.write(scored(shard, detector), detector)}


@lru_cache(maxsize=1)
def _load(folder: str, digest: str, device: str) -> Detector:
    """Load the detector once for all shards that this process does."""
    return Shard("", (), folder, digest, "", device).load()


def scored(shard: Shard, detector: Detector) -> list[ScoredPiece]:
    """Read and score a shard's pieces in their order."""
    found: list[ScoredPiece] = []
    first, *others = shard.pieces()
    with ThreadPoolExecutor(1, thread_name_prefix="adfw-shard") as ahead:
        coming = ahead.submit(shard.read, first, detector)
        for following in (*others, None):
            read = coming.result()
            if following is not None:
                coming = ahead.submit(shard.read, following, detector)
            found.append(shard.score(read, detector))
    return found
