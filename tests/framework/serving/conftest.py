"""A small published detector, and services of it that run in a thread of their own."""

from __future__ import annotations

import asyncio
import json
import threading
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import httpx
import pytest
import torch

from adfw import Catalog, Cut, Detector, Preprocessing, Sample, ScoreTable, decode_image, save_detector
from adfw.images.encode import encode_png
from adfw.manifest import write_manifest
from adfw.registry import Registry
from adfw.registry.golden import FOLDER, write_golden
from adfw.serving.server import Offer, serve
from adfw.serving.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from contextlib import AbstractContextManager
    from pathlib import Path

    from adfw.serving.service import Service

    Serving = Callable[..., AbstractContextManager["Served"]]

SIDE = 16
PATIENCE = 120.0


def draw(brightness: float, seed: int = 0) -> bytes:
    """Return a PNG whose score is about its brightness."""
    noise = torch.rand((1, SIDE, SIDE), generator=torch.Generator().manual_seed(seed))
    return encode_png((brightness + 0.01 * noise).clamp(0, 1).mul(255).round().div(255))


@pytest.fixture(scope="session")
def picture() -> Callable[..., bytes]:
    """Return what draws a PNG of a brightness, which is its score."""
    return draw


@dataclass(frozen=True)
class Served:
    """A running service and a client of it."""

    address: str
    client: httpx.Client
    service: Service
    settings: Settings
    loop: asyncio.AbstractEventLoop

    def inspect(self, image: bytes, part_id: str | None = None, **params: Any) -> httpx.Response:
        headers = {"Content-Type": "image/png"} | ({} if part_id is None else {"X-Part-Id": part_id})
        return self.client.post("/v1/inspect", content=image, headers=headers, params=params)

    def log(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.settings.audit.read_text().splitlines()]


def dark_detector(cut: Cut) -> Detector:
    """Return a detector that expects black images, so that the score is the mean brightness."""
    catalog = Catalog.discover()
    model = catalog.find("model", "conv_autoencoder").config(channels=1, depth=1)
    scorer = catalog.find("scorer", "mae").config(pooling="mean")
    built = model.build()
    with torch.no_grad():
        for parameter in built.parameters():
            parameter.zero_()
        built.last.bias.fill_(-30.0)  # before a sigmoid
    preprocessing = Preprocessing(size=SIDE, color="grey")
    return Detector(preprocessing, model, built.eval(), scorer, scorer.build(), cut, {"strategy": "by hand"})


@pytest.fixture
def detector() -> Detector:
    """A detector without a package, whose score is the mean brightness."""
    return dark_detector(Cut(0.2))


def publish(registry: Registry, folder: Path, cut: Cut) -> Any:
    """Publish a detector with calibration scores and golden images as the next version of `dark`."""
    detector = dark_detector(cut)
    samples = [Sample(f"{row}.png", decode_image(draw(0.01 * row, row)), 0) for row in range(1, 25)]
    scores = detector.inspect([sample.image for sample in samples]).scores.tolist()
    rows = [(s.id, "calibration", 0, "", score) for s, score in zip(samples, scores, strict=True)]
    table = ScoreTable.of(rows)
    save_detector(detector, folder, Catalog.discover(), table)
    write_golden(detector, samples, table, folder / FOLDER)
    write_manifest(folder)
    return registry.publish(folder, "dark")


@pytest.fixture(scope="module")
def registry(tmp_path_factory: pytest.TempPathFactory) -> Registry:
    """Two versions: the second one's threshold is lower; `champion` is the first."""
    folder = tmp_path_factory.mktemp("served")
    registry = Registry(folder / "registry")
    first = publish(registry, folder / "one", Cut(0.2, review_from=0.18))
    second = publish(registry, folder / "two", Cut(0.1))
    registry.set_alias(first, "champion")
    registry.set_alias(second, "other")
    return registry


@pytest.fixture(scope="module")
def serving(registry: Registry, tmp_path_factory: pytest.TempPathFactory) -> Serving:
    """Return what runs a service of `dark@champion` for as long as a `with` block."""

    @contextmanager
    def run(*references: str, shadow: str | None = None, sinks: Any = (), **changes: Any) -> Iterator[Served]:
        folder = tmp_path_factory.mktemp("service")
        settings = Settings(audit=folder / "audit.jsonl", spool=folder / "spool", port=0, threads=1)
        settings = replace(settings, **changes)
        started: list[Any] = []
        ready, loop, box = threading.Event(), asyncio.new_event_loop(), {}

        async def main() -> None:
            box["ended"] = asyncio.Event()
            offer = Offer(references or ("dark@champion",), shadow, sinks)
            await serve(offer, settings, registry=registry, announce=announce, ended=box["ended"])

        def announce(address: str, service: Service) -> None:
            started.append((address, service))
            ready.set()

        def work() -> None:
            try:
                loop.run_until_complete(main())
            except BaseException as error:
                box["error"] = error
            finally:
                ready.set()
                loop.close()

        thread = threading.Thread(target=work)
        thread.start()
        assert ready.wait(PATIENCE)
        if "error" in box:
            raise box["error"]
        (address, service) = started[0]
        try:
            with httpx.Client(base_url=address, timeout=60) as client:
                yield Served(address, client, service, settings, loop)
        finally:
            loop.call_soon_threadsafe(box["ended"].set)
            thread.join(PATIENCE)
        assert "error" not in box, box["error"]

    return run


@pytest.fixture(scope="module")
def served(serving: Serving) -> Iterator[Served]:
    """A service that several tests share."""
    with serving(max_bytes=100_000, max_images=4, max_pixels=10_000, body_seconds=1.0) as running:
        yield running
