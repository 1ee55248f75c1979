"""The service's end of a worker: it is started, asked, and noticed when it dies or hangs."""

from __future__ import annotations

import asyncio
import itertools
import json
import os
import socket
import sys
import time
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from adfw.errors import DetectorError
from adfw.serving.framing import Message, pack, receive_message

if TYPE_CHECKING:
    from collections.abc import Mapping

    from adfw.serving.packages import Package
    from adfw.serving.settings import Settings

BUFFER = 1 << 20
START_SECONDS = 300.0
STOP_SECONDS = 5.0
SPINS = "5000"
"""How often libgomp's threads look for more work before they sleep: longer takes cores from decoding, shorter wakes."""


class WorkerLost(Exception):  # noqa: N818
    """The worker died, or was ended because it hung, before it answered."""


class Worker:
    """One running worker; `facts` is what its detector said of itself."""

    def __init__(self, package: Package, process: asyncio.subprocess.Process, link: _Link) -> None:
        self.package, self.facts = package, {}  # type: tuple[Package, dict[str, Any]]
        self._process, self._link = process, link
        self._numbers = itertools.count()
        self._asked: dict[int, tuple[float, asyncio.Future[Message]]] = {}
        self._listening: asyncio.Task[None] | None = None
        self.gone = asyncio.Event()

    @classmethod
    async def start(cls, package: Package, settings: Settings) -> Worker:
        """Start a worker and wait until its detector is proved; raises DetectorError with the reason if it is not."""
        ours, theirs = socket.socketpair()
        with theirs:
            for end in (ours, theirs):
                end.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, BUFFER)
            process = await asyncio.create_subprocess_exec(
                *(sys.executable, "-P", "-m", "adfw.serving.worker", str(theirs.fileno())),
                json.dumps(_job(package, settings)),
                pass_fds=[theirs.fileno()],
                stdin=asyncio.subprocess.DEVNULL,
                env={"GOMP_SPINCOUNT": SPINS, **os.environ},
            )
        worker = cls(package, process, _Link(*await asyncio.open_connection(sock=ours)))
        try:
            worker.facts = await worker._facts()
        except BaseException:
            worker.kill()  # whoever waited for it may have been cancelled: nothing is left behind
            await worker.stop()
            raise
        worker._listening = asyncio.create_task(worker._listen())
        return worker

    async def _facts(self) -> dict[str, Any]:
        try:
            async with asyncio.timeout(START_SECONDS):
                header = (await receive_message(self._link.reader)).header
        except (asyncio.IncompleteReadError, ConnectionError, TimeoutError) as error:
            reason = type(error).__name__
            raise DetectorError(f"{self.package}: its worker ended before it was ready ({reason})") from error
        if "fault" in header:
            raise DetectorError(f"{self.package}: {header['fault']}")
        return dict(header["ready"])

    @property
    def pid(self) -> int:
        """The worker's process id."""
        return self._process.pid

    @property
    def outstanding(self) -> int:
        """How many questions are not answered yet."""
        return len(self._asked)

    @property
    def oldest(self) -> float:
        """For how many seconds the oldest of them has waited; 0 if there is none."""
        return time.monotonic() - min((since for since, _ in self._asked.values()), default=time.monotonic())

    async def ask(self, header: Mapping[str, Any], image: bytes | None = None) -> Message:
        """Send one question and wait for its answer; raises WorkerLost."""
        if self.gone.is_set():
            raise WorkerLost
        number = next(self._numbers)
        answer: asyncio.Future[Message] = asyncio.get_running_loop().create_future()
        self._asked[number] = (time.monotonic(), answer)
        try:
            name = "check" if image is None else "id"
            self._link.writer.writelines(pack({**header, name: number}, None if image is None else {"image": image}))
            await self._link.writer.drain()
        except ConnectionError as error:
            self._asked.pop(number, None)
            raise WorkerLost from error
        # shielded: who stops waiting leaves the place taken until the answer comes, as the worker still has the image
        return await asyncio.shield(answer)

    async def stop(self) -> None:
        """End the worker once it has answered what it was asked; it is killed if that takes too long."""
        self._link.writer.close()
        with suppress(TimeoutError):
            await asyncio.wait_for(self._process.wait(), STOP_SECONDS)
        self.kill()
        await self._process.wait()
        if self._listening is not None:
            await self._listening
        with suppress(ConnectionError):
            await self._link.writer.wait_closed()

    def kill(self) -> None:
        """End the worker at once; what it was asked raises WorkerLost."""
        with suppress(ProcessLookupError):
            self._process.kill()

    async def _listen(self) -> None:
        try:
            while True:
                message = await receive_message(self._link.reader)
                _, answer = self._asked.pop(message.header["id"], (0.0, None))
                if answer is not None and not answer.done():
                    answer.set_result(message)
        except (asyncio.IncompleteReadError, ConnectionError):
            self.gone.set()
            for _, answer in self._asked.values():
                if not answer.done():
                    answer.set_exception(WorkerLost())
                    answer.exception()  # nobody may be waiting any more
            self._asked.clear()
            self._link.writer.close()
            self.kill()


class _Link:
    """Both directions of the socket."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader, self.writer = reader, writer


def _job(package: Package, settings: Settings) -> dict[str, Any]:
    return {
        "folder": str(package.folder.absolute()),
        "digest": package.digest,
        "device": settings.device,
        "threads": settings.threads,
        "batch": settings.batch,
        "max_pixels": settings.max_pixels,
        "max_bytes": settings.max_bytes,
    }
