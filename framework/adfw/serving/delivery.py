"""Hands verdicts to a sink in their order, as long and as often as it takes."""

from __future__ import annotations

import random
import threading
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from adfw.interfaces import Sink
    from adfw.serving.spool import Spool

AT_ONCE = 100
FIRST_PAUSE, LONGEST_PAUSE = 0.25, 60.0


class Delivery:
    """A thread for one sink; `fault` says why the last attempt failed, "" if it did not.

    A verdict leaves the spool once the sink has taken it; one that was taken just before a crash comes twice.
    """

    def __init__(self, name: str, sink: Sink, spool: Spool) -> None:
        self.name, self.sink, self.spool, self.fault = name, sink, spool, ""
        self._ending = threading.Event()
        self._thread = threading.Thread(target=self._run, name=f"adfw-sink-{name}", daemon=True)

    def start(self) -> None:
        """Begin to deliver."""
        self._thread.start()

    def close(self, seconds: float = 5.0) -> None:
        """Deliver what can be delivered at once; the rest stays in the spool."""
        self._ending.set()
        self.spool.filled.set()
        self._thread.join(seconds)
        if not self._thread.is_alive():
            self.sink.close()
            self.spool.close()

    def _run(self) -> None:
        pause = FIRST_PAUSE
        while True:
            place, verdicts = self.spool.first(AT_ONCE)
            if not verdicts:
                if self._ending.is_set():
                    return
                self.spool.filled.wait(1.0)
                continue
            try:
                self.sink.deliver(verdicts)
            except Exception as error:  # whatever ails the receiver, nothing is lost
                self.fault = f"{type(error).__name__}: {error}"
                if self._ending.wait(pause * random.uniform(0.5, 1.5)):
                    return
                pause = min(2 * pause, LONGEST_PAUSE)
            else:
                self.spool.remove(place)
                self.fault, pause = "", FIRST_PAUSE
