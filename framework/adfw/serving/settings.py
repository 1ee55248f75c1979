"""What a service is told when it starts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from pathlib import Path

Fsync = Literal["always", "interval", "never"]


@dataclass(frozen=True, slots=True)
class Settings:
    """Limits and places of a service; seconds, bytes and counts.

    `audit` is the file of the log; `queue` counts images that wait or are scored, `buffered` the bytes of all request
    bodies together. `alpha` is the chance that drift is ever alarmed although nothing changes, `usual_rejects` the
    share of rejects that is no change.
    """

    audit: Path
    spool: Path
    host: str = "127.0.0.1"
    port: int = 8321
    token: str = ""
    device: str = "cpu"
    threads: int | None = None
    batch: int = 8
    queue: int = 64
    max_bytes: int = 32 << 20
    max_pixels: int = 25_000_000
    max_images: int = 32
    buffered: int = 1 << 30
    body_seconds: float = 20.0
    answer_seconds: float = 30.0
    drain_seconds: float = 20.0
    poll_seconds: float = 2.0
    check_seconds: float = 60.0
    fsync: Fsync = "interval"
    alpha: float = 0.01
    usual_rejects: float = 0.05
