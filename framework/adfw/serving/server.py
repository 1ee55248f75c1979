"""Starts everything a service consists of, runs it until it is told to end, and ends it in order."""

from __future__ import annotations

import asyncio
import hashlib
from contextlib import AsyncExitStack
from datetime import datetime
from typing import TYPE_CHECKING, Any, NamedTuple

import uvicorn

from adfw.errors import RecipeError
from adfw.registry.store import Registry
from adfw.serving.app import make_app
from adfw.serving.audit import AuditLog
from adfw.serving.delivery import Delivery
from adfw.serving.protocol import PatientProtocol
from adfw.serving.recorder import Recorder
from adfw.serving.service import Service
from adfw.serving.spool import Spool
from adfw.serving.station import Station

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from adfw.component import Component
    from adfw.interfaces import Sink
    from adfw.serving.settings import Settings


class Offer(NamedTuple):
    """What is served: references to detectors, one whose scores are only logged, and where verdicts go."""

    references: Sequence[str]
    shadow: str | None = None
    sinks: Sequence[Component[Sink]] = ()


async def serve(
    offer: Offer,
    settings: Settings,
    *,
    registry: Registry | None = None,
    announce: Callable[[str, Service], None] | None = None,
    ended: asyncio.Event | None = None,
) -> None:
    """Serve detectors until SIGTERM, SIGINT or `ended`; `announce` hears the address once requests are answered.

    Raises what is wrong with a detector, a sink or the log before the first request is taken.
    """
    registry = Registry() if registry is None else registry
    async with AsyncExitStack() as stack:
        log = AuditLog(settings.audit, settings.fsync)
        recorder = Recorder(log, [_delivery(sink, settings) for sink in offer.sinks])
        stack.push_async_callback(_end, recorder)
        stations = [Station(reference, settings, registry) for reference in offer.references]
        watched = [*stations, *([] if offer.shadow is None else [Station(offer.shadow, settings, registry)])]
        for station in watched:
            await station.open()
            stack.push_async_callback(station.close)
        _refuse_twins(stations)
        service = Service(settings, stations, recorder, None if offer.shadow is None else watched[-1])
        _remember(service, log)
        await recorder.record({"kind": "started", "models": [_words(station) for station in stations]})
        for delivery in recorder.deliveries:
            delivery.start()
        tasks = [asyncio.create_task(work) for work in _chores(service, watched)]
        stack.push_async_callback(_cancel, tasks)
        stack.push_async_callback(service.drain)
        await _answer(service, announce, ended)


async def _answer(
    service: Service, announce: Callable[[str, Service], None] | None, ended: asyncio.Event | None
) -> None:
    settings = service.settings
    config = uvicorn.Config(
        make_app(service),
        host=settings.host,
        port=settings.port,
        http=PatientProtocol,
        ws="none",
        lifespan="off",
        log_level="warning",
        access_log=False,
        server_header=False,
        proxy_headers=False,
        timeout_keep_alive=30,
        timeout_graceful_shutdown=int(settings.drain_seconds),
    )
    server = uvicorn.Server(config)
    telling = asyncio.create_task(_announced(server, service, announce))
    ending = asyncio.create_task(_ended(server, ended))
    try:
        await server.serve()
    finally:
        await _cancel([telling, ending])


async def _announced(server: uvicorn.Server, service: Service, announce: Callable[[str, Service], None] | None) -> None:
    while not server.started:
        await asyncio.sleep(0.01)
    host, port = server.servers[0].sockets[0].getsockname()[:2]
    if announce is not None:
        announce(f"http://{f'[{host}]' if ':' in host else host}:{port}", service)


async def _ended(server: uvicorn.Server, ended: asyncio.Event | None) -> None:
    if ended is not None:
        await ended.wait()
        server.should_exit = True


def _chores(service: Service, stations: Sequence[Station]) -> list[Any]:
    """Return what is done beside answering, as coroutines."""
    settings = service.settings
    chores: list[Any] = [station.keep_alive() for station in stations]
    chores += [_every(settings.poll_seconds, station.follow) for station in stations]
    chores += [_every(settings.check_seconds, station.check) for station in stations]
    chores += [_every(1.0, service.recorder.probe)]
    if settings.fsync == "interval":
        chores += [_every(1.0, service.recorder.sync)]
    return chores


async def _every(seconds: float, work: Callable[[], Any]) -> None:
    while True:
        await asyncio.sleep(seconds)
        await work()


async def _cancel(tasks: Sequence[asyncio.Task[Any]]) -> None:
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


async def _end(recorder: Recorder) -> None:
    await recorder.close()
    for delivery in recorder.deliveries:
        await asyncio.to_thread(delivery.close)


def _delivery(config: Component[Sink], settings: Settings) -> Delivery:
    """Return the delivery to a sink; its spool is found again by what the sink is configured to."""
    key = hashlib.sha256(config.model_dump_json().encode()).hexdigest()[:12]
    name = f"{config.name}-{key}"
    return Delivery(name, config.build(), Spool(settings.spool / f"{name}.sqlite"))


def _refuse_twins(stations: Sequence[Station]) -> None:
    names = [station.name for station in stations]
    if twins := sorted({name for name in names if names.count(name) > 1}):
        raise RecipeError([f"{', '.join(twins)}: is served twice; serve one version, or use --shadow for the other"])


def _remember(service: Service, log: AuditLog) -> None:
    """Take up the last answers from the log, so that a part keeps its answer over a restart."""
    for entry in log.tail():
        if entry.get("kind") == "verdict" and entry.get("detector") in service.stations:
            seconds = datetime.fromisoformat(entry["time"]).timestamp()
            answer = {key: value for key, value in entry.items() if key not in {"kind", "before", "time"}}
            answer |= {"batch": 0, "timings": {}, "replayed": False, "seconds": seconds}
            service.history.add(answer, seconds=seconds)
            service.drift.hear(answer, service.stations[entry["detector"]])


def _words(station: Station) -> str:
    return f"{station.worker.package} {station.worker.package.digest}"
