"""From one image to one answer: scored, decided, recorded, and only then told."""

from __future__ import annotations

import asyncio
import hashlib
import time
from typing import TYPE_CHECKING, Any, NamedTuple

from adfw.interfaces import Cut
from adfw.serving.faults import Conflict, Malformed, Refused, Unknown
from adfw.serving.history import History
from adfw.serving.metrics import Metrics, finite
from adfw.serving.watching import Watch
from adfw.thresholds.decision import decide

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from adfw.serving.recorder import Recorder
    from adfw.serving.settings import Settings
    from adfw.serving.station import Digest, Scored, Station

SHADOWED = 16


class Job(NamedTuple):
    """One image of a request."""

    image: bytes
    station: Station
    request_id: str
    part_id: str | None = None
    wants: Sequence[str] = ()


class Service:
    """The stations of a service and what they share."""

    def __init__(
        self, settings: Settings, stations: Sequence[Station], recorder: Recorder, shadow: Station | None = None
    ) -> None:
        self.settings, self.recorder, self.shadow = settings, recorder, shadow
        self.stations = {station.name: station for station in stations}
        self.history, self.metrics = History(), Metrics()
        self.drift = Watch(settings)
        self._answering: dict[tuple[str, str], tuple[Digest, asyncio.Future[dict[str, Any]]]] = {}
        self._shadowing: set[asyncio.Task[None]] = set()

    def station(self, name: str | None) -> Station:
        """Return the station of a name, the only one if there is no name."""
        if name is None:
            if len(self.stations) > 1:
                raise Malformed(f"say which detector; allowed: {', '.join(self.stations)}")
            return next(iter(self.stations.values()))
        if name not in self.stations:
            raise Unknown(f"no detector of this name is served; allowed: {', '.join(self.stations)}")
        return self.stations[name]

    @property
    def faults(self) -> list[str]:
        """Say why the service is not ready; nothing if it is."""
        found = [station.fault or station.stored for station in self.stations.values()]
        return [fault for fault in (*found, self.recorder.fault) if fault]

    async def inspect(self, job: Job) -> dict[str, Any]:
        """Return the answer to one image; raises Refused where there is no verdict.

        A part id that was answered before gets the same answer again, marked `replayed`, and no second entry in the
        log; raises Conflict if its image is another one.
        """
        # The worker decodes meanwhile: hashlib lets other threads run.
        sha256 = asyncio.get_running_loop().run_in_executor(None, _sha256, job.image)
        if job.part_id is None:
            return await self._inspect(job, sha256)
        known = self.history.answer_for(job.station.name, job.part_id)
        if known is not None:
            return self._replayed(known, known["sha256"], await sha256, job)
        key = (job.station.name, job.part_id)
        if key in self._answering:
            first, answering = self._answering[key]
            return self._replayed(await asyncio.shield(answering), await first, await sha256, job)
        task = asyncio.ensure_future(self._inspect(job, sha256))
        self._answering[key] = (sha256, task)
        task.add_done_callback(lambda done: (self._answering.pop(key, None), done.cancelled() or done.exception()))
        return await asyncio.shield(task)

    def _replayed(self, known: Mapping[str, Any], first: str, sha256: str, job: Job) -> dict[str, Any]:
        if first != sha256:
            raise Conflict(f"part {job.part_id} was answered for another image; give a new look at it a new id")
        return {**known, "request_id": job.request_id, "replayed": True}

    async def _inspect(self, job: Job, sha256: Digest) -> dict[str, Any]:
        start = time.perf_counter()
        scored = await job.station.inspect(job.image, sha256, job.wants)
        answer = _answer(job, await sha256, scored)
        told = time.perf_counter()
        record = {key: value for key, value in answer.items() if key not in {"timings", "batch", "replayed"}}
        answer["number"] = await self.recorder.record({"kind": "verdict", **record})
        now = time.perf_counter()
        answer["timings"] |= {"record_ms": 1000 * (now - told), "total_ms": 1000 * (now - start)}
        answer["seconds"] = time.time()
        self.history.add(answer)
        self.metrics.count(answer)
        self.drift.hear(answer, job.station)
        self._cast_shadow(job, sha256, answer)
        return answer | _extras(scored)

    def _cast_shadow(self, job: Job, sha256: Digest, answer: Mapping[str, Any]) -> None:
        if self.shadow is None:
            return
        if len(self._shadowing) >= SHADOWED:
            self.metrics.refusals.labels("shadow").inc()
            return
        task = asyncio.create_task(self._shadow(self.shadow, job, sha256, answer))
        self._shadowing.add(task)
        task.add_done_callback(self._shadowing.discard)

    async def _shadow(self, shadow: Station, job: Job, sha256: Digest, answer: Mapping[str, Any]) -> None:
        """Log what the shadow thinks of an image; whatever becomes of it, the answer stands."""
        try:
            found = _answer(job, await sha256, await shadow.inspect(job.image, sha256, ()))
            kept = {key: value for key, value in found.items() if key not in {"timings", "batch", "replayed"}}
            await self.recorder.record({"kind": "shadow", "of": answer["number"], **kept})
        except Refused:
            self.metrics.refusals.labels("shadow").inc()

    async def drain(self) -> None:
        """Wait for what is being answered."""
        waiting = [task for _, task in self._answering.values()]
        await asyncio.gather(*waiting, *self._shadowing, return_exceptions=True)


def _sha256(image: bytes) -> str:
    return hashlib.sha256(image).hexdigest()


def _answer(job: Job, sha256: str, scored: Scored) -> dict[str, Any]:
    """Decide; a score that is missing or not a number is invalid."""
    header, facts, package = scored.message.header, scored.facts, scored.package
    score, threshold = float(header["score"]), float(facts["threshold"])
    verdict = str(decide([score], Cut(threshold, review_from=facts["review_from"]))[0])
    return {
        "verdict": verdict if not header["fault"] else "invalid",
        "score": finite(score),
        "threshold": finite(threshold),
        "margin": finite(score - threshold),
        "detector": package.name,
        "version": package.version,
        "digest": package.digest,
        "part_id": job.part_id,
        "request_id": job.request_id,
        "sha256": sha256,
        "fault": header["fault"],
        "batch": header.get("batch", 0),
        "timings": {
            stage: header[stage] for stage in ("decode_ms", "queue_ms", "score_ms") if header.get(stage) is not None
        },
        "replayed": False,
    }


def _extras(scored: Scored) -> dict[str, Any]:
    import base64

    found = {"regions": scored.message.header.get("regions")}
    found |= {name: base64.b64encode(blob).decode("ascii") for name, blob in scored.message.blobs.items()}
    return {name: value for name, value in found.items() if value is not None}
