"""What an operator and a monitor ask: alive, ready, figures, models, the last parts; and one click back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

from fastapi import FastAPI, Query, Response
from fastapi.responses import HTMLResponse, JSONResponse
from starlette.concurrency import run_in_threadpool

from adfw.errors import AdfwError
from adfw.serving.answers import DriftAnswer, ModelAnswer, ModelsAnswer, Readiness, refusals
from adfw.serving.faults import Conflict
from adfw.serving.history import RECENT
from adfw.serving.metrics import finite
from adfw.serving.packages import alias_of
from adfw.serving.page import page

if TYPE_CHECKING:
    from adfw.serving.service import Service
    from adfw.serving.station import Station

WHY = "rolled back on the page of the inspection service"
_LIMIT = Query(ge=1, le=RECENT, description="At most so many, the newest.")


def operations(app: FastAPI, service: Service) -> None:
    """Add everything but inspection."""
    _health(app, service)
    _models(app, service)
    _history(app, service)

    @app.get("/", response_class=HTMLResponse, include_in_schema=False)
    async def home() -> HTMLResponse:
        return HTMLResponse(page())


def _health(app: FastAPI, service: Service) -> None:
    @app.get("/livez")
    async def livez() -> dict[str, str]:
        """Tell that the process runs."""
        return {"status": "alive"}

    @app.get("/readyz", response_model=Readiness, responses={503: {"model": Readiness, "description": "Not ready"}})
    async def readyz() -> JSONResponse:
        """Tell whether verdicts are given: digest verified, golden images decided alike, log writable."""
        faults = service.faults
        headers = {"Retry-After": "2"} if faults else None
        return JSONResponse({"ready": not faults, "faults": faults}, 503 if faults else 200, headers)

    @app.get("/metrics", responses={200: {"content": {"text/plain": {}}}, **refusals()}, response_class=Response)
    async def metrics() -> Response:
        """Return figures in Prometheus' text format."""
        for name in service.stations:
            rate = service.history.reject_rate(name)
            if rate is not None:
                text = "Share of the last parts that were not normal."
                service.metrics.gauge("adfw_reject_rate", text, rate, detector=name)
        service.drift.measure(service.stations.values(), service.metrics)
        text_format = "text/plain; version=0.0.4; charset=utf-8"
        figures = service.metrics.text(service.stations.values(), service.recorder.deliveries)
        return Response(figures, media_type=text_format)


def _models(app: FastAPI, service: Service) -> None:
    @app.get("/v1/models", response_model=ModelsAnswer, responses=refusals())
    async def models() -> JSONResponse:
        """List the served detectors."""
        shadow = None if service.shadow is None else _model(service.shadow)
        listed = [_model(station) for station in service.stations.values()]
        return JSONResponse({"models": listed, "shadow": shadow})

    @app.get("/v1/models/{name}/card", responses=refusals(404), response_class=HTMLResponse)
    async def card(name: str) -> HTMLResponse:
        """Return a detector's model card as a page."""
        station = service.station(name)
        return HTMLResponse(await run_in_threadpool(_card, station))

    @app.post("/v1/models/{name}:rollback", response_model=ModelAnswer, responses=refusals(404, 409))
    async def rollback(name: str) -> JSONResponse:
        """Point the served alias at the version it had before, and answer with that version from now on."""
        station = service.station(name)
        alias = alias_of(station.reference)
        if alias is None:
            raise Conflict(f"{name} is served as {station.reference!r}, which is no alias that could be rolled back")
        try:
            await run_in_threadpool(station.registry.rollback, *alias, why=WHY)
        except AdfwError as error:
            raise Conflict(str(error)) from error
        await station.follow()
        if station.refused:
            raise Conflict(f"the version before is not fit, so the present one goes on: {station.refused}")
        return JSONResponse(_model(station))


def _history(app: FastAPI, service: Service) -> None:
    @app.get("/v1/parts", responses=refusals())
    async def parts(
        after: Annotated[int, Query(ge=0, le=2**53)] = 0, limit: Annotated[int, _LIMIT] = 200
    ) -> dict[str, list[Any]]:
        """Return the last answers after a number, the oldest first."""
        return {"parts": service.history.after(after, limit)}

    @app.get("/v1/hours", responses=refusals())
    async def hours() -> dict[str, list[Any]]:
        """Return the number of verdicts by hour, of two days."""
        return {"hours": service.history.hours()}

    @app.get("/v1/drift", response_model=DriftAnswer, responses=refusals())
    async def drift() -> JSONResponse:
        """Tell whether scores still look like the calibration's, and if not, from which part on."""
        return JSONResponse({"monitors": service.drift.reports(service.stations.values())})


def _model(station: Station) -> dict[str, Any]:
    package, facts = station.worker.package, station.worker.facts
    alias = alias_of(station.reference)
    return {
        "name": station.name,
        "reference": station.reference if alias else station.name,
        "alias": alias[1] if alias else None,
        "version": package.version,
        "digest": package.digest,
        "created": package.created,
        "model": facts["model"],
        "scorer": facts["scorer"],
        "threshold": finite(facts["threshold"]),
        "review_from": None if facts["review_from"] is None else finite(facts["review_from"]),
        "promise": facts["promise"],
        "golden": facts["golden"],
        "ready": not (station.fault or station.stored),
        "fault": station.fault or station.stored,
        "refused": station.refused,
        "restarts": station.restarts,
    }


def _card(station: Station) -> str:
    from adfw.registry.card import card_text

    folder = station.worker.package.folder
    if not (folder / "metrics.json").is_file():
        return f"<!doctype html><title>{station.name}</title><p>This detector was not published, so it has no card."
    return card_text(folder, as_page=True)
