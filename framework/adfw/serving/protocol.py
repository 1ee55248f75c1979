"""HTTP/1.1 for clients not all patient or honest: headers that do not come or do not end, end the connection."""

from __future__ import annotations

from typing import TYPE_CHECKING

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

if TYPE_CHECKING:
    from asyncio import TimerHandle, Transport

HEADER_SECONDS = 10.0
HEADER_BYTES = 1 << 16


class PatientProtocol(HttpToolsProtocol):
    """uvicorn's protocol with a deadline and a limit for headers, which it lacks; bodies have theirs elsewhere."""

    _deadline: TimerHandle | None = None
    _bytes = 0

    def connection_made(self, transport: Transport) -> None:  # type: ignore[override]
        """Start to wait for the first headers."""
        super().connection_made(transport)
        self._wait()

    def on_message_begin(self) -> None:
        """Start to wait for the headers of another request."""
        super().on_message_begin()
        self._bytes = 0
        if self._deadline is None:
            self._wait()

    def on_url(self, url: bytes) -> None:
        """Take a piece of the address; raises ValueError, which is answered with 400, where there is no end to it."""
        self._count(url)
        super().on_url(url)

    def on_header(self, name: bytes, value: bytes) -> None:
        """Take a header; raises ValueError, which is answered with 400, where they are too many or too long."""
        self._count(name, value)
        super().on_header(name, value)

    def on_headers_complete(self) -> None:
        """Stop waiting."""
        self._stop()
        super().on_headers_complete()

    def connection_lost(self, exc: Exception | None) -> None:
        """Stop waiting."""
        self._stop()
        super().connection_lost(exc)

    def _count(self, *pieces: bytes) -> None:
        self._bytes += sum(map(len, pieces))
        if self._bytes > HEADER_BYTES:
            raise ValueError(f"headers of more than {HEADER_BYTES} bytes")

    def _wait(self) -> None:
        self._deadline = self.loop.call_later(HEADER_SECONDS, self.transport.close)

    def _stop(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None
