"""One drift monitor for each version that answers; another version begins anew."""

from __future__ import annotations

import math
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from adfw.drift.monitor import DriftMonitor

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from adfw.serving.metrics import Metrics
    from adfw.serving.settings import Settings
    from adfw.serving.station import Station


class Watch:
    """Hears every answer."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self._monitors: dict[str, tuple[str, DriftMonitor]] = {}

    def hear(self, answer: Mapping[str, Any], station: Station) -> None:
        """Take the score of an answer; one of a version that no longer answers is left out."""
        monitor = self._monitor(station)
        if answer["digest"] == station.worker.package.digest:
            score = math.nan if answer["score"] is None else answer["score"]
            monitor.add(score, answer["part_id"] or f"number {answer['number']}")

    def reports(self, stations: Iterable[Station]) -> list[dict[str, Any]]:
        """Return what each monitor knows; evidence is in units of what an alarm takes."""
        return [{"detector": one.name, "alarm_at": 1.0, **asdict(self._monitor(one).report())} for one in stations]

    def measure(self, stations: Iterable[Station], metrics: Metrics) -> None:
        """Set the gauges."""
        for found in self.reports(stations):
            name = found["detector"]
            metrics.gauge("adfw_drift_alarm", "1 once the process looks different.", found["alarm"], detector=name)
            text = "Evidence of drift; 1 alarms."
            metrics.gauge("adfw_drift_evidence", text, found["evidence"], detector=name)
            for key in ("ks", "psi"):
                if found[key] is not None:
                    text = f"Last passed scores against calibration, {key.upper()}."
                    metrics.gauge(f"adfw_drift_{key}", text, found[key], detector=name)

    def _monitor(self, station: Station) -> DriftMonitor:
        package, facts = station.worker.package, station.worker.facts
        digest, monitor = self._monitors.get(station.name, ("", None))
        if monitor is None or digest != package.digest:
            passed = facts["threshold"] if facts["review_from"] is None else facts["review_from"]
            usual = self.settings.usual_rejects
            monitor = DriftMonitor(facts["calibration"], passed, alpha=self.settings.alpha, usual_rejects=usual)
            self._monitors[station.name] = (package.digest, monitor)
        return monitor
