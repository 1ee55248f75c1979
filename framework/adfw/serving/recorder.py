"""Brings verdicts into the audit log and the sinks' spools before anyone hears them; what waits is written together."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

from adfw.serving.faults import Unavailable

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from adfw.serving.audit import AuditLog
    from adfw.serving.delivery import Delivery


class Recorder:
    """One thread writes; `fault` says why the last attempt failed, "" if it did not."""

    def __init__(self, log: AuditLog, deliveries: Sequence[Delivery] = ()) -> None:
        self.log, self.deliveries, self.fault, self.failures = log, deliveries, "", 0
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="adfw-audit")
        self._waiting: list[tuple[Mapping[str, Any], asyncio.Future[int]]] = []
        self._writing: asyncio.Task[None] | None = None

    async def record(self, record: Mapping[str, Any]) -> int:
        """Return the record's number once it is written; raises Unavailable if it cannot be."""
        written: asyncio.Future[int] = asyncio.get_running_loop().create_future()
        self._waiting.append((record, written))
        if self._writing is None or self._writing.done():
            self._writing = asyncio.create_task(self._write())
        return await asyncio.shield(written)

    async def _write(self) -> None:
        loop = asyncio.get_running_loop()
        while self._waiting:
            group, self._waiting = self._waiting, []
            try:
                numbers = await loop.run_in_executor(self._thread, self._store, [record for record, _ in group])
            except Exception as error:  # whatever it is: a verdict that is not recorded is not given
                self.fault = f"the audit log or a spool cannot be written ({error}); make room"
                self.failures += 1
                for _, written in group:
                    written.set_exception(Unavailable(self.fault, 5))
                    written.exception()
                continue
            self.fault = ""
            for number, (_, written) in zip(numbers, group, strict=True):
                written.set_result(number)

    def _store(self, records: list[Mapping[str, Any]]) -> list[int]:
        numbers = self.log.write(records)
        verdicts = [
            {"number": number, **record}
            for number, record in zip(numbers, records, strict=True)
            if record["kind"] == "verdict"
        ]
        for delivery in self.deliveries:
            delivery.spool.put(verdicts)
        return numbers

    async def probe(self) -> None:
        """Try whether the log can be written again, after a failure."""
        if self.fault:
            try:
                await self.record({"kind": "resumed", "fault": self.fault})
            except Unavailable:
                return

    async def sync(self) -> None:
        """Bring the log to the disk."""
        await asyncio.get_running_loop().run_in_executor(self._thread, self.log.sync)

    async def close(self) -> None:
        """Write what waits and close the log."""
        if self._writing is not None:
            await self._writing
        self._thread.shutdown()
        self.log.close()
