"""What every request passes first: names, tokens and pages of other sites; and what every answer carries."""

from __future__ import annotations

import hmac
import re
import uuid
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders

from adfw.serving.faults import Forbidden, NoAccess, Refused

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

    from adfw.serving.settings import Settings

OPEN = {"/", "/livez", "/readyz"}
LOOPBACK = {"127.0.0.1", "localhost", "::1"}
REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{1,64}", re.ASCII)
PROTECTION = {
    "X-Content-Type-Options": "nosniff",
    "Cache-Control": "no-store",
    "Referrer-Policy": "no-referrer",
    "X-Frame-Options": "DENY",
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; img-src data: blob:; "
        "connect-src 'self'; frame-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'"
    ),
}


class Gate:
    """ASGI middleware; a request that is refused never reaches the service."""

    def __init__(self, app: ASGIApp, settings: Settings) -> None:
        self.app, self.settings = app, settings

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let a request through or answer it."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        given = headers.get("x-request-id", "")
        request_id = given if REQUEST_ID.fullmatch(given) else uuid.uuid4().hex
        scope.setdefault("state", {})["request_id"] = request_id

        async def sealed(message: Message) -> None:
            if message["type"] == "http.response.start":
                out = MutableHeaders(scope=message)
                out["X-Request-Id"] = request_id
                for name, value in PROTECTION.items():
                    out.setdefault(name, value)
            await send(message)

        try:
            self._check(scope, headers)
        except Refused as refused:
            from adfw.serving.answers import refusal

            await refusal(refused, request_id)(scope, receive, sealed)
            return
        await self.app(scope, receive, sealed)

    def _check(self, scope: Scope, headers: Headers) -> None:
        host = headers.get("host", "")
        name = urlsplit(f"//{host}").hostname if re.fullmatch(r"[\w.:\[\]-]*", host) else None
        if self.settings.host in LOOPBACK and name not in LOOPBACK:
            # a page elsewhere may have its own name point at this machine
            raise Forbidden("this service answers to 127.0.0.1 and localhost only")
        origin = headers.get("origin")
        if headers.get("sec-fetch-site", "same-origin") not in {"same-origin", "none"} or (
            origin is not None and urlsplit(origin).netloc != host
        ):
            raise Forbidden("pages of other sites have no access")
        if self.settings.token and scope["path"] not in OPEN:
            scheme, _, token = headers.get("authorization", "").partition(" ")
            if scheme.lower() != "bearer" or not hmac.compare_digest(token.encode(), self.settings.token.encode()):
                raise NoAccess("send the header Authorization: Bearer TOKEN")
