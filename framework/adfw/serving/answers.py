"""The documents a client reads, as the OpenAPI document describes them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

from pydantic import BaseModel
from starlette.responses import JSONResponse

if TYPE_CHECKING:
    from adfw.serving.faults import Refused


class RegionAnswer(BaseModel):
    """A part of the image that stands out, in pixels: columns [left, right), rows [top, bottom)."""

    left: int
    top: int
    right: int
    bottom: int
    area: int
    peak: float
    peak_x: int
    peak_y: int


class Timings(BaseModel):
    """Milliseconds; those of stages that were not reached are absent."""

    decode_ms: float | None = None
    queue_ms: float | None = None
    score_ms: float | None = None
    record_ms: float | None = None
    total_ms: float | None = None


class VerdictAnswer(BaseModel):
    """What is known of one image; pass a part only where `verdict` is `normal`.

    `score` is null for an invalid image, whose `fault` says why; an infinite threshold is null. `map` is a float32 TIFF
    and `overlay` a JPEG, both in base64 and of the image's size.
    """

    number: int
    verdict: Literal["normal", "review", "anomalous", "invalid"]
    score: float | None
    threshold: float | None
    margin: float | None
    detector: str
    version: int | None
    digest: str
    part_id: str | None
    request_id: str
    sha256: str
    fault: str
    batch: int
    timings: Timings
    replayed: bool
    seconds: float
    regions: list[RegionAnswer] | None = None
    map: str | None = None
    overlay: str | None = None


class RefusalAnswer(BaseModel):
    """Why there is no verdict."""

    error: str
    request_id: str


class BatchAnswer(BaseModel):
    """One answer, or one refusal, for each image, in their order."""

    results: list[VerdictAnswer | RefusalAnswer]


class Readiness(BaseModel):
    """Whether verdicts are given, and if not, why."""

    ready: bool
    faults: list[str]


class ModelAnswer(BaseModel):
    """A served detector."""

    name: str
    reference: str
    alias: str | None
    version: int | None
    digest: str
    created: str
    model: str
    scorer: str
    threshold: float | None
    review_from: float | None
    promise: str
    golden: int
    ready: bool
    fault: str
    refused: str
    restarts: int


class ModelsAnswer(BaseModel):
    """The served detectors, and the one whose scores are only logged."""

    models: list[ModelAnswer]
    shadow: ModelAnswer | None


class MonitorAnswer(BaseModel):
    """What a drift monitor knows; `evidence` alarms at `alarm_at`."""

    detector: str
    parts: int
    alarm: bool
    evidence: float
    alarm_at: float
    sentence: str
    ks: float | None
    ks_p: float | None
    psi: float | None
    first_part: str | None


class DriftAnswer(BaseModel):
    """The monitors of all served detectors."""

    monitors: list[MonitorAnswer]


def refusal(refused: Refused, request_id: str) -> JSONResponse:
    """Return the answer to a request without a verdict."""
    headers = {} if refused.retry_after is None else {"Retry-After": str(refused.retry_after)}
    if refused.status == 401:
        headers["WWW-Authenticate"] = "Bearer"
    if refused.status in {408, 413}:
        headers["Connection"] = "close"  # the rest of the body is not read
    return JSONResponse({"error": str(refused), "request_id": request_id}, refused.status, headers)


def refusals(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """Describe the statuses of refusals for the OpenAPI document."""
    texts = {
        400: "The request is malformed",
        401: "The token is missing or wrong",
        403: "The request comes from a page of another site",
        404: "No such detector is served",
        408: "The body did not arrive in time",
        409: "The part id was answered for another image",
        413: "The body, or the number of images, is above the limit",
        415: "The content type is not read",
        503: "Nothing can be scored or recorded now; Retry-After says when to try again",
    }
    return {status: {"model": RefusalAnswer, "description": texts[status]} for status in (*statuses, 401, 403)}
