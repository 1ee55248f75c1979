"""Verdicts over HTTP."""

from __future__ import annotations

import json
import os
import urllib.request
from typing import TYPE_CHECKING, Any

from adfw import Sink

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from http.client import HTTPResponse


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    """Makes a redirect an error: following one would turn the request into a GET without verdicts."""

    def redirect_request(self, *_: object) -> None:
        """Follow nowhere."""
        return


class WebhookSink(Sink):
    """Posts verdicts; raises OSError unless the answer is 2xx."""

    def __init__(self, url: str, timeout: float, token_variable: str = "") -> None:
        self.url, self.timeout, self.token_variable = url, timeout, token_variable
        self._opener = urllib.request.build_opener(_NoRedirect)

    def deliver(self, verdicts: Sequence[Mapping[str, Any]]) -> None:
        """Post all verdicts in one request."""
        headers = {"Content-Type": "application/json", "User-Agent": "adfw"}
        if self.token_variable:
            headers["Authorization"] = f"Bearer {os.environ[self.token_variable]}"
        body = json.dumps({"verdicts": list(verdicts)}).encode()
        request = urllib.request.Request(self.url, body, headers, method="POST")
        response: HTTPResponse
        with self._opener.open(request, timeout=self.timeout) as response:
            response.read(1 << 16)
