"""The worker's inside: images are decoded by those who bring them while others before them are scored together."""

from __future__ import annotations

import math
import queue
import time
from typing import TYPE_CHECKING, Any, NamedTuple, cast

import torch

from adfw.errors import DatasetError
from adfw.images.decode import decode_image
from adfw.serving.pictures import extras

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from torch import Tensor

    from adfw.detector import Detector
    from adfw.images.formats import ImageLimits

    Send = Callable[[Mapping[str, Any], Mapping[str, bytes]], None]


class _Encoded(NamedTuple):
    """An image as it came."""

    header: Mapping[str, Any]
    content: bytes


class _Waiting(NamedTuple):
    """A prepared image; where there is something to return beside its score, the decoded one is kept."""

    header: Mapping[str, Any]
    image: Tensor | None
    prepared: Tensor
    decode_ms: float
    since: float


class Scoring:
    """Takes images as they come and answers each once; an image that cannot be scored is answered with a fault.

    Only the thread that scores uses several cores in an operation: with a team of threads for every decoder there are
    more of them than cores, and OpenMP sends all to sleep between any two operations. So it also decodes and resizes an
    image that no other is in the way of; the others are prepared by whoever brings them, while those before them are
    scored.
    """

    def __init__(self, detector: Detector, limits: ImageLimits, batch: int, send: Send) -> None:
        self.detector, self.limits, self.batch, self.send = detector, limits, batch, send
        self._ready: queue.SimpleQueue[_Encoded | _Waiting | Callable[[], None] | None] = queue.SimpleQueue()
        self._idle = True

    def accept(self, header: Mapping[str, Any], content: bytes) -> None:
        """Take one encoded image, and decode it here unless `run` is free to; the answer is sent later."""
        encoded = _Encoded(header, content)
        if self._idle and self._ready.empty():
            self._ready.put(encoded)
        elif (waiting := self._decoded(encoded)) is not None:
            self._ready.put(waiting)

    def between(self, work: Callable[[], None]) -> None:
        """Do something, such as looking at golden images, between two batches."""
        self._ready.put(work)

    def stop(self) -> None:
        """Let `run` return once it has answered what was accepted."""
        self._ready.put(None)

    def run(self) -> None:
        """Score until told to stop."""
        going = True
        while going:
            self._idle = True
            items = [self._ready.get()]
            self._idle = False
            while len(items) < self.batch and not self._ready.empty():
                items.append(self._ready.get())
            images = [self._decoded(item) if isinstance(item, _Encoded) else item for item in items]
            if waiting := [image for image in images if isinstance(image, _Waiting)]:
                self._answer(waiting)
            for item in items:
                if item is None:
                    going = False
                elif not isinstance(item, (_Encoded, _Waiting)):
                    item()

    def _decoded(self, encoded: _Encoded) -> _Waiting | None:
        """Decode and prepare an image; one that cannot be is answered, and None returned."""
        header, start = encoded.header, time.perf_counter()
        try:
            image = decode_image(encoded.content, self.limits)
            prepared = self.detector.preprocessing.apply(image)
        except Exception as error:  # whatever a decoder does, this image was not scored
            told = f"image: cannot be decoded ({type(error).__name__}); export it again"
            self._fault(header, _reason(error, told), start)
            return None
        now = time.perf_counter()
        return _Waiting(header, image if header["wants"] else None, prepared, 1000 * (now - start), now)

    def _fault(self, header: Mapping[str, Any], fault: str, start: float) -> None:
        milliseconds = 1000 * (time.perf_counter() - start)
        self.send({"id": header["id"], "score": math.nan, "fault": fault, "decode_ms": milliseconds}, {})

    def _answer(self, items: list[_Waiting]) -> None:
        start = time.perf_counter()
        try:
            scores, maps = self.detector.score(torch.stack([item.prepared for item in items]))
        except Exception as error:
            if len(items) > 1:  # one image must not take the others with it
                for item in items:
                    self._answer([item])
            else:
                self._fault(items[0].header, _reason(error, f"image: cannot be scored ({type(error).__name__})"), start)
            return
        spent = 1000 * (time.perf_counter() - start)
        for item, score, anomaly_map in zip(items, scores.double().tolist(), maps, strict=True):
            header = {
                "id": item.header["id"],
                "score": score,
                "fault": "image: its score is not a number" if math.isnan(score) else "",
                "decode_ms": item.decode_ms,
                "queue_ms": 1000 * (start - item.since),
                "score_ms": spent,
                "batch": len(items),
            }
            found, blobs = self._extras(item, anomaly_map)
            self.send(header | found, blobs)

    def _extras(self, item: _Waiting, anomaly_map: Tensor) -> tuple[dict[str, Any], dict[str, bytes]]:
        if not item.header["wants"] or item.image is None or bool(anomaly_map.isnan().any()):
            return {}, {}
        cut = cast("Any", self.detector.cut)
        return extras(item.image, anomaly_map, cut.value, item.header["wants"])


def _reason(error: Exception, otherwise: str) -> str:
    """Return what an error says of the image, alike wherever it is prepared; of other errors only what is given."""
    return str(error) if isinstance(error, DatasetError) else otherwise
