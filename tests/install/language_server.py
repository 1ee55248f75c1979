"""A client for a language server on standard streams: the Language Server Protocol 3.17, as far as a test needs it."""

from __future__ import annotations

import json
import queue
import subprocess
import threading
from typing import TYPE_CHECKING, Any, Self

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence


class LanguageServer:
    """A running server; requests wait for their answer, notifications are kept by method."""

    def __init__(self, words: Sequence[str], seconds: float = 60) -> None:
        self.seconds, self._number = seconds, 0
        self._process = subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        self._heard: queue.Queue[dict[str, Any]] = queue.Queue()
        self._reader = threading.Thread(target=self._listen, daemon=True)
        self._reader.start()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._process.kill()
        self._process.wait()
        self._reader.join()
        for stream in (self._process.stdin, self._process.stdout):
            assert stream is not None
            stream.close()

    def request(self, method: str, parameters: dict[str, Any]) -> Any:
        """Return the result of a call."""
        self._number += 1
        number = self._number
        self._send({"id": number, "method": method, "params": parameters})
        return next(message["result"] for message in self._messages() if message.get("id") == number)

    def notify(self, method: str, parameters: dict[str, Any]) -> None:
        """Tell the server something."""
        self._send({"method": method, "params": parameters})

    def wait_for(self, method: str) -> Iterator[dict[str, Any]]:
        """Yield the parameters of what the server tells of a kind, as it comes."""
        return (message["params"] for message in self._messages() if message.get("method") == method)

    def _messages(self) -> Iterator[dict[str, Any]]:
        while True:
            message = self._heard.get(timeout=self.seconds)
            if "id" in message and "method" in message:  # it asks for settings, and for leave to register
                count = len(message["params"].get("items", ()))
                self._send({"id": message["id"], "result": [None] * count if count else None})
            yield message

    def _send(self, message: dict[str, Any]) -> None:
        body = json.dumps({"jsonrpc": "2.0", **message}).encode()
        assert self._process.stdin is not None
        self._process.stdin.write(b"Content-Length: %d\r\n\r\n" % len(body) + body)
        self._process.stdin.flush()

    def _listen(self) -> None:
        stream = self._process.stdout
        assert stream is not None
        while header := stream.readline():
            length = int(header.split(b":")[1]) if header.lower().startswith(b"content-length") else 0
            while stream.readline().strip():
                pass
            self._heard.put(json.loads(stream.read(length)))
