"""What a service remembers of its last parts: for the page, for repeated part ids, and by the hour."""

from __future__ import annotations

import time
from collections import Counter, OrderedDict, deque
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

RECENT = 1000
PARTS = 20_000
HOURS = 48


class History:
    """The last verdicts, the answers by part id, and counts by hour; bounded, and filled from the log at the start."""

    def __init__(self) -> None:
        self.recent: deque[Mapping[str, Any]] = deque(maxlen=RECENT)
        self._parts: OrderedDict[tuple[str, str], Mapping[str, Any]] = OrderedDict()
        self._hours: OrderedDict[int, Counter[str]] = OrderedDict()

    def add(self, answer: Mapping[str, Any], *, seconds: float | None = None) -> None:
        """Remember one answer, given at `seconds` since the epoch, now if None."""
        self.recent.append(answer)
        if answer.get("part_id"):
            self._parts[answer["detector"], answer["part_id"]] = answer
            while len(self._parts) > PARTS:
                self._parts.popitem(last=False)
        hour = int((time.time() if seconds is None else seconds) // 3600)
        self._hours.setdefault(hour, Counter())[answer["verdict"]] += 1
        while len(self._hours) > HOURS:
            self._hours.popitem(last=False)

    def answer_for(self, detector: str, part_id: str) -> Mapping[str, Any] | None:
        """Return what was answered for a part, None for one that is new or long ago."""
        return self._parts.get((detector, part_id))

    def after(self, number: int, limit: int) -> list[Mapping[str, Any]]:
        """Return the newest `limit` answers that came after one with this number, the oldest first."""
        return [answer for answer in self.recent if answer["number"] > number][-limit:]

    def hours(self) -> list[dict[str, Any]]:
        """Return the counts by verdict of each hour, as seconds since the epoch, the oldest first."""
        return [{"hour": 3600 * hour, "counts": dict(counts)} for hour, counts in sorted(self._hours.items())]

    def reject_rate(self, detector: str) -> float | None:
        """Return the share of the recent parts of a detector that were not normal, None where there are none."""
        verdicts = [answer["verdict"] for answer in self.recent if answer["detector"] == detector]
        return sum(verdict != "normal" for verdict in verdicts) / len(verdicts) if verdicts else None
