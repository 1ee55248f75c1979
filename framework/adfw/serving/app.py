"""The HTTP interface: `/v1/inspect` and what an operator asks of a service."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated, Any, Literal

from fastapi import FastAPI, Header, Query, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException

from adfw.serving.answers import BatchAnswer, RefusalAnswer, VerdictAnswer, refusal, refusals
from adfw.serving.bodies import Bodies
from adfw.serving.faults import Malformed, Refused
from adfw.serving.gate import Gate
from adfw.serving.operating import operations
from adfw.serving.service import Job

if TYPE_CHECKING:
    from starlette.types import ASGIApp

    from adfw.serving.service import Service

PART_ID = r"[A-Za-z0-9._:+-]{1,128}"
Detector = Annotated[str | None, Query(description="Which detector, if several are served.")]
Include = Annotated[
    Sequence[Literal["map", "overlay", "regions"]], Query(description="What to return beside the verdict.")
]
NOTHING: tuple[Any, ...] = ()  # a factory of defaults would be looked over anew at each request
PartId = Annotated[
    str | None, Header(alias="X-Part-Id", pattern=f"^{PART_ID}$", description="Asked again, a part gets its answer.")
]
_IMAGE: dict[str, Any] = {"type": "string", "format": "binary"}


def _body(field: dict[str, Any], *raw: str) -> dict[str, Any]:
    """Describe a body of images, which FastAPI does not read itself."""
    form = {"type": "object", "properties": field, "required": ["image"], "additionalProperties": False}
    content: dict[str, Any] = {kind: {"schema": _IMAGE} for kind in raw}
    return {"requestBody": {"required": True, "content": content | {"multipart/form-data": {"schema": form}}}}


def make_app(service: Service) -> ASGIApp:
    """Return the application, behind its gate."""
    from adfw import __version__

    app = FastAPI(title="adfw inspection service", version=__version__, docs_url=None, redoc_url=None)
    bodies = Bodies(service.settings)
    _inspection(app, service, bodies)
    operations(app, service)

    @app.exception_handler(Refused)
    async def refused(request: Request, error: Refused) -> JSONResponse:
        service.metrics.refusals.labels(str(error.status)).inc()
        return refusal(error, request.state.request_id)

    @app.exception_handler(RequestValidationError)
    async def invalid(request: Request, error: RequestValidationError) -> JSONResponse:
        places = "; ".join(f"{'.'.join(map(str, found['loc']))}: {found['msg']}" for found in error.errors())
        return await refused(request, Malformed(places))

    @app.exception_handler(HTTPException)
    async def other(request: Request, error: HTTPException) -> JSONResponse:
        document = {"error": str(error.detail), "request_id": request.state.request_id}
        return JSONResponse(document, error.status_code, error.headers)

    return Gate(_Calm(app), service.settings)


class _Calm:
    """Answers 500 without a word of what went wrong inside, which goes to the log."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        started = False

        async def watched(message: Any) -> None:
            nonlocal started
            started |= message["type"] == "http.response.start"
            await send(message)

        try:
            await self.app(scope, receive, watched)
        except Exception:
            import logging

            logging.getLogger("adfw.serving").exception("request %s failed", scope["state"]["request_id"])
            if not started:
                document = {"error": "the service met a fault", "request_id": scope["state"]["request_id"]}
                await JSONResponse(document, 500)(scope, receive, send)


def _inspection(app: FastAPI, service: Service, bodies: Bodies) -> None:
    one = _body({"image": _IMAGE, "part_id": {"type": "string", "pattern": f"^{PART_ID}$"}}, "application/octet-stream")
    ids = {"type": "array", "items": {"type": "string", "pattern": f"^{PART_ID}$"}}
    many = _body({"image": {"type": "array", "items": _IMAGE, "minItems": 1}, "part_id": ids})
    known = refusals(400, 404, 408, 409, 413, 415, 503)

    @app.post("/v1/inspect", response_model=VerdictAnswer, responses=known, openapi_extra=one)
    async def inspect(
        request: Request, include: Include = NOTHING, detector: Detector = None, x_part_id: PartId = None
    ) -> JSONResponse:
        """Inspect one image: the body, or the form's field `image`."""
        station = service.station(detector)
        station.room(1)
        form = await bodies.images(request, 1)
        part_ids = [*form.part_ids, *([] if x_part_id is None else [x_part_id])]
        if len(part_ids) > 1:
            raise Malformed("one image has one part id")
        part_id = _checked(part_ids[0]) if part_ids else None
        job = Job(form.images[0], station, request.state.request_id, part_id, tuple(dict.fromkeys(include)))
        return JSONResponse(await service.inspect(job))

    @app.post("/v1/inspect:batch", response_model=BatchAnswer, responses=known, openapi_extra=many)
    async def inspect_batch(request: Request, include: Include = NOTHING, detector: Detector = None) -> JSONResponse:
        """Inspect the images of a form's fields `image`; `part_id` comes as often, or not at all."""
        station = service.station(detector)
        station.room(1)
        form = await bodies.images(request, service.settings.max_images)
        part_ids: list[str | None] = [_checked(part_id) for part_id in form.part_ids]
        part_ids = part_ids or [None] * len(form.images)
        if len(part_ids) != len(form.images):
            raise Malformed(f"{len(form.images)} images, but {len(part_ids)} part ids")
        station.room(len(form.images))
        request_id, wants = request.state.request_id, tuple(dict.fromkeys(include))
        jobs = [Job(image, station, request_id, part, wants) for image, part in zip(form.images, part_ids, strict=True)]
        found = await asyncio.gather(*map(service.inspect, jobs), return_exceptions=True)
        return JSONResponse({"results": [_entry(one, request_id) for one in found]})


def _entry(found: dict[str, Any] | BaseException, request_id: str) -> dict[str, Any]:
    if isinstance(found, Refused):
        return RefusalAnswer(error=str(found), request_id=request_id).model_dump()
    if isinstance(found, BaseException):
        raise found
    return found


def _checked(part_id: str) -> str:
    if not re.fullmatch(PART_ID, part_id, re.ASCII):
        raise Malformed("a part id is 1 to 128 of A-Z a-z 0-9 . _ : + -")
    return part_id
