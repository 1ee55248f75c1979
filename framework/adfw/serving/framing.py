"""Messages between the service and its workers: a JSON header and named bytes, over one socket; no pickle.

The two processes share a machine and a version, so that JSON's `NaN` and `Infinity` are understood on both sides.
"""

from __future__ import annotations

import json
import struct
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from asyncio import StreamReader
    from collections.abc import Mapping
    from typing import BinaryIO

_LENGTHS = struct.Struct(">II")


class Message(NamedTuple):
    """One message; `blobs` are bytes by name."""

    header: dict[str, Any]
    blobs: dict[str, bytes]


def pack(header: Mapping[str, Any], blobs: Mapping[str, bytes] | None = None) -> list[bytes]:
    """Return a message as pieces to be sent one after the other, large ones as they are."""
    parts = dict(blobs or {})
    text = json.dumps({**header, "blobs": {name: len(part) for name, part in parts.items()}}).encode()
    return [_LENGTHS.pack(len(text), sum(map(len, parts.values()))) + text, *parts.values()]


def read_message(stream: BinaryIO) -> Message | None:
    """Wait for a message; None where the other side is gone."""
    lengths = _whole(stream, _LENGTHS.size)
    if lengths is None:
        return None
    text, body = _LENGTHS.unpack(lengths)
    start, rest = _whole(stream, text), _whole(stream, body)
    return None if start is None or rest is None else _unpacked(start, rest)


async def receive_message(reader: StreamReader) -> Message:
    """Wait for a message; raises asyncio.IncompleteReadError, or ConnectionError, where the other side is gone."""
    text, body = _LENGTHS.unpack(await reader.readexactly(_LENGTHS.size))
    return _unpacked(await reader.readexactly(text), await reader.readexactly(body))


def _whole(stream: BinaryIO, size: int) -> bytes | None:
    content = stream.read(size)
    return content if len(content) == size else None


def _unpacked(text: bytes, body: bytes) -> Message:
    header = json.loads(text)
    blobs, start = {}, 0
    for name, length in header.pop("blobs").items():
        blobs[name] = body[start : start + length]
        start += length
    return Message(header, blobs)
