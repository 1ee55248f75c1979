"""One served name: the worker that answers for it, its replacement when it dies, and the change of versions."""

from __future__ import annotations

import asyncio
import math
import time
from collections import OrderedDict
from typing import TYPE_CHECKING, Any, NamedTuple

from adfw.errors import AdfwError
from adfw.serving.faults import Unavailable
from adfw.serving.packages import find_package
from adfw.serving.process import Worker, WorkerLost

if TYPE_CHECKING:
    from collections.abc import Sequence

    from adfw.registry.store import Registry
    from adfw.serving.framing import Message
    from adfw.serving.packages import Package
    from adfw.serving.settings import Settings

    Digest = asyncio.Future[str]  # the SHA-256 of an image, in hex, once it is computed

LETHAL = 2
REMEMBERED = 1000
SLOWEST_RESTART = 10.0


class Scored(NamedTuple):
    """A worker's answer and the version that gave it."""

    message: Message
    package: Package
    facts: dict[str, Any]


class Station:
    """Answers for one name; `unfit` says why it must not answer now, `refused` why a new version was not taken."""

    def __init__(self, reference: str, settings: Settings, registry: Registry) -> None:
        self.reference, self.settings, self.registry = reference, settings, registry
        self.name = ""
        self.restarts = self.swaps = 0
        self.unfit = self.stored = self.refused = ""
        self._worker: Worker | None = None
        self._refused_digest = ""
        self._suspects: OrderedDict[str, set[int]] = OrderedDict()
        self._changing = asyncio.Lock()
        self._milliseconds = 50.0
        self._old: set[asyncio.Task[None]] = set()
        self.checked = -math.inf

    async def open(self) -> None:
        """Load the first version; raises what is wrong with it."""
        self._worker = await Worker.start(find_package(self.reference, self.registry), self.settings)
        self.name, self.checked = self._worker.package.name, time.monotonic()

    @property
    def worker(self) -> Worker:
        """The worker that answers now."""
        assert self._worker is not None, "open() comes first"
        return self._worker

    @property
    def fault(self) -> str:
        """Why nothing is answered at this moment, "" if all is well."""
        return self.unfit or (f"the worker of {self.name} is being restarted" if self.worker.gone.is_set() else "")

    def room(self, images: int) -> None:
        """Raise Unavailable where so many images more do not fit into the queue, or nobody could score them."""
        if self.fault:
            raise Unavailable(self.fault, 2)
        waiting = self.worker.outstanding
        if waiting + images > self.settings.queue:
            seconds = math.ceil(waiting * self._milliseconds / 1000)
            raise Unavailable(f"{waiting} images wait already, of {self.settings.queue}; try again", max(1, seconds))

    async def inspect(self, image: bytes, sha256: Digest, wants: Sequence[str]) -> Scored:
        """Have one image scored; raises Unavailable, and then there is no verdict."""
        if self._suspects and len(self._suspects.get(await sha256, ())) >= LETHAL:
            fault = f"image: the worker died {LETHAL} times while it had this image, so it is not tried again"
            return self._unscored(fault)
        self.room(1)
        worker, start = self.worker, time.perf_counter()
        try:
            async with asyncio.timeout(self.settings.answer_seconds):
                message = await worker.ask({"wants": list(wants)}, image)
        except WorkerLost:
            self._suspect(await sha256, worker.pid)
            raise Unavailable("the worker died before this image was scored; try again", 2) from None
        except TimeoutError:
            raise Unavailable(f"there was no score within {self.settings.answer_seconds:g} s; try again", 2) from None
        share = 1000 * (time.perf_counter() - start) / max(1, message.header.get("batch", 1))
        self._milliseconds += 0.1 * (share - self._milliseconds)
        return Scored(message, worker.package, worker.facts)

    def _unscored(self, fault: str) -> Scored:
        from adfw.serving.framing import Message

        return Scored(Message({"score": math.nan, "fault": fault}, {}), self.worker.package, self.worker.facts)

    def _suspect(self, sha256: str, pid: int) -> None:
        """Remember which workers died with an image; sent several times at once, it saw one death all the same."""
        self._suspects[sha256] = self._suspects.pop(sha256, set()) | {pid}
        while len(self._suspects) > REMEMBERED:
            self._suspects.popitem(last=False)

    async def keep_alive(self) -> None:
        """Replace the worker whenever it dies, and end it if it hangs; runs as long as the service."""
        pause = 0.1
        while True:
            try:
                await asyncio.wait_for(self.worker.gone.wait(), 1.0)
            except TimeoutError:
                if self.worker.oldest > 2 * self.settings.answer_seconds:
                    self.worker.kill()
                continue
            async with self._changing:
                if not self.worker.gone.is_set():
                    continue
                try:
                    self._worker = await Worker.start(self.worker.package, self.settings)
                    self.restarts, self.unfit, pause = self.restarts + 1, "", 0.1
                except AdfwError as error:
                    self.unfit = str(error)
            if self.worker.gone.is_set():
                await asyncio.sleep(pause)
                pause = min(2 * pause, SLOWEST_RESTART)

    async def follow(self) -> None:
        """Take the version that the reference means now, if it is another; the old one answers until then."""
        try:
            package = find_package(self.reference, self.registry)
        except AdfwError as error:
            self.refused = str(error)
            return
        if package.digest in {self.worker.package.digest, self._refused_digest}:
            if package.digest == self.worker.package.digest:
                self.refused = self._refused_digest = ""
            return
        async with self._changing:
            try:
                new = await Worker.start(package, self.settings)
            except AdfwError as error:
                self.refused, self._refused_digest = str(error), package.digest
                return
            old, self._worker = self._worker, new
            self.refused = self._refused_digest = self.unfit = self.stored = ""
            self.swaps += 1
            if old is not None:
                self._retire(old)

    def _retire(self, old: Worker) -> None:
        async def drain() -> None:
            start = time.monotonic()
            while old.outstanding and time.monotonic() - start < self.settings.answer_seconds:
                await asyncio.sleep(0.05)
            await old.stop()

        task = asyncio.create_task(drain())
        self._old.add(task)
        task.add_done_callback(self._old.discard)

    async def check(self) -> None:
        """Hash the stored package and score the golden images again; a detector that changed is replaced."""
        worker = self.worker
        try:
            async with asyncio.timeout(2 * self.settings.answer_seconds):
                found = (await worker.ask({})).header
        except (WorkerLost, TimeoutError):
            return  # `keep_alive` sees to it
        if worker is self._worker:
            self.checked, self.stored = time.monotonic(), found["stored"]
            if found["faults"]:
                self.unfit = f"{self.name} does not decide as it did: {'; '.join(found['faults'])}"
                worker.kill()

    async def close(self) -> None:
        """End all workers."""
        await asyncio.gather(self.worker.stop(), *self._old)
