"""Figures for Prometheus; in a registry of their own, since nothing here is global."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from adfw.serving.delivery import Delivery
    from adfw.serving.station import Station

SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30)
RATIOS = (0.1, 0.25, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0, 1.1, 1.25, 1.5, 2, 3, 5, 10)


class Metrics:
    """Counters and histograms that grow with each answer, and gauges that are read when asked for."""

    def __init__(self) -> None:
        self.registry = registry = CollectorRegistry()
        version = ("detector", "version")
        self.requests = Counter("adfw_verdicts", "Verdicts.", (*version, "verdict"), registry=registry)
        self.refusals = Counter("adfw_refusals", "Requests without a verdict.", ("status",), registry=registry)
        self.stages = Histogram(
            "adfw_stage_seconds", "Latency by stage.", ("stage",), buckets=SECONDS, registry=registry
        )
        self.batches = Histogram(
            "adfw_batch_size", "Images scored together.", buckets=(1, 2, 4, 8, 16, 32), registry=registry
        )
        self.ratios = Histogram(
            "adfw_score_ratio", "Score divided by threshold.", version, buckets=RATIOS, registry=registry
        )
        self._gauges: dict[str, Gauge] = {}

    def count(self, answer: Mapping[str, Any]) -> None:
        """Add one verdict with its score and timings."""
        labels = (answer["detector"], str(answer["version"] or answer["digest"][7:19]))
        self.requests.labels(*labels, answer["verdict"]).inc()
        for stage, milliseconds in answer["timings"].items():
            self.stages.labels(stage.removesuffix("_ms")).observe(milliseconds / 1000)
        if answer["batch"]:
            self.batches.observe(answer["batch"])
        score, threshold = answer["score"], answer["threshold"]
        if score is not None and threshold is not None and threshold > 0:
            self.ratios.labels(*labels).observe(score / threshold)

    def gauge(self, name: str, text: str, value: float, **labels: str) -> None:
        """Set one gauge, which is made when it is first set."""
        if name not in self._gauges:
            self._gauges[name] = Gauge(name, text, tuple(labels), registry=self.registry)
        (self._gauges[name].labels(**labels) if labels else self._gauges[name]).set(value)

    def text(self, stations: Iterable[Station], deliveries: Iterable[Delivery]) -> bytes:
        """Return everything in Prometheus' text format."""
        for station in stations:
            name = station.name
            self.gauge("adfw_queue_depth", "Images waiting or being scored.", station.worker.outstanding, detector=name)
            self.gauge("adfw_ready", "1 if verdicts are given.", float(not station.fault), detector=name)
            self.gauge("adfw_worker_restarts", "Workers replaced.", station.restarts, detector=name)
            self.gauge("adfw_version_changes", "Versions taken over.", station.swaps, detector=name)
        for delivery in deliveries:
            self.gauge("adfw_sink_waiting", "Verdicts not delivered yet.", len(delivery.spool), sink=delivery.name)
        return generate_latest(self.registry)


def finite(value: float | None) -> float | None:
    """Return a number that JSON has, None for any other."""
    return value if value is not None and math.isfinite(value) else None
