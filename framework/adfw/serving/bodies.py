"""Request bodies: read with a limit and a deadline while they stream in, and taken apart into images."""

from __future__ import annotations

import asyncio
from email.message import Message
from io import BytesIO
from typing import TYPE_CHECKING, Any, NamedTuple

from python_multipart.exceptions import FormParserError
from python_multipart.multipart import MultipartParser

from adfw.serving.faults import Malformed, TooLarge, TooSlow, Unavailable, WrongType

if TYPE_CHECKING:
    from starlette.requests import Request

    from adfw.serving.settings import Settings

FIELDS = 4096
HEADERS = 16
RAW = ("application/octet-stream", "image/")
MULTIPART = "multipart/form-data"


class Form(NamedTuple):
    """The parts of a body: images, and part ids in their order."""

    images: list[bytes]
    part_ids: list[str]


class Bodies:
    """Reads bodies and keeps count of the bytes that are held at once."""

    def __init__(self, settings: Settings) -> None:
        self.settings, self.held = settings, 0

    async def read(self, request: Request) -> bytes:
        """Return the whole body; raises TooLarge, TooSlow, or Unavailable where all bodies together are too much."""
        limit, size, body = self.settings.max_bytes, 0, BytesIO()
        declared = request.headers.get("content-length", "")
        if declared.isdecimal() and int(declared) > limit:
            raise TooLarge(f"the body has {int(declared):,} bytes; at most {limit:,} are read")
        try:
            async with asyncio.timeout(self.settings.body_seconds):
                async for chunk in request.stream():
                    size += body.write(chunk)
                    self.held += len(chunk)
                    if size > limit:
                        raise TooLarge(f"the body has more than {limit:,} bytes")
                    if self.held > self.settings.buffered:
                        raise Unavailable("too many bodies are being read; try again", 1)
        except TimeoutError:
            raise TooSlow(f"the body did not arrive within {self.settings.body_seconds:g} s") from None
        finally:
            self.held -= size
        return body.getvalue()  # its own buffer: no copy

    async def images(self, request: Request, limit: int) -> Form:
        """Return up to `limit` images of a raw or multipart body; raises Refused for anything else."""
        kind = request.headers.get("content-type", "application/octet-stream").strip()
        plain = kind.split(";", 1)[0].strip().lower()
        if plain != MULTIPART and not plain.startswith(RAW):
            raise WrongType(f"allowed: image/*, application/octet-stream or {MULTIPART}")
        body = await self.read(request)
        form = _split(body, kind, limit) if plain == MULTIPART else Form([body], [])
        if not form.images:
            raise Malformed("there is no image; send it as the body, or as a form's field `image`")
        return form


def _split(body: bytes, kind: str, limit: int) -> Form:
    header = Message()
    header["content-type"] = kind
    boundary = header.get_param("boundary")
    if not isinstance(boundary, str) or not 1 <= len(boundary) <= 200:
        raise Malformed(f"{MULTIPART} needs a boundary")
    parts = _Parts(limit)
    try:
        parser = MultipartParser(boundary.encode("latin-1"), parts.callbacks())
        parser.write(body)
        parser.finalize()
    except (FormParserError, ValueError) as error:
        raise Malformed("the form cannot be read; its parts do not end where they say") from error
    if not parts.ended:
        raise Malformed("the form is cut short")
    return parts.form


class _Parts:
    """Collects the parts of a form, and stops at the first that is too many, too large or unknown."""

    def __init__(self, limit: int) -> None:
        self.form, self.limit, self.ended = Form([], []), limit, False
        self._field = self._value = b""
        self._headers: dict[str, str] = {}
        self._content = bytearray()

    def callbacks(self) -> Any:
        """Return what the parser calls."""
        return {
            "on_part_begin": self._begin,
            "on_part_data": lambda data, start, end: self._content.extend(memoryview(data)[start:end]),
            "on_part_end": self._end,
            "on_header_field": lambda data, start, end: setattr(self, "_field", self._field + data[start:end]),
            "on_header_value": lambda data, start, end: setattr(self, "_value", self._value + data[start:end]),
            "on_header_end": self._header,
            "on_end": lambda: setattr(self, "ended", True),
        }

    def _begin(self) -> None:
        self._headers, self._field, self._value, self._content = {}, b"", b"", bytearray()
        if len(self.form.images) + len(self.form.part_ids) >= 2 * self.limit:
            raise TooLarge(f"more parts than {self.limit} images need")

    def _header(self) -> None:
        if len(self._headers) >= HEADERS:
            raise Malformed("a part has too many headers")
        self._headers[self._field.decode("latin-1").lower()] = self._value.decode("latin-1")
        self._field = self._value = b""

    def _end(self) -> None:
        header = Message()
        header["content-disposition"] = self._headers.get("content-disposition", "")
        name = header.get_param("name", header="content-disposition")
        if name == "image":
            if len(self.form.images) >= self.limit:
                raise TooLarge(f"more than {self.limit} images; send fewer at once")
            self.form.images.append(bytes(self._content))
        elif name == "part_id" and len(self._content) <= FIELDS:
            self.form.part_ids.append(self._content.decode("utf-8", errors="replace"))
        else:
            raise Malformed("a form has the fields `image` and `part_id` and no others")
