"""What a result was made with: versions, hardware, memory."""

from __future__ import annotations

import os
import platform
import resource
import sys
from contextlib import suppress
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from adfw.catalog import Source

KIBI = 1024


def versions(sources: Iterable[Source]) -> dict[str, str]:
    """Return the versions of Python, the numerical libraries and the distributions that the plugins came from."""
    found = {"python": platform.python_version()}
    found |= {name: version(name) for name in ("adfw", "torch", "torchvision", "numpy", "pillow")}
    return found | {source.distribution: source.version for source in sources}


def hardware(device: str, precision: str) -> dict[str, str]:
    """Return the platform and what of it the run used."""
    import torch

    name = (
        torch.cuda.get_device_name(device) if device.startswith("cuda") else platform.processor() or platform.machine()
    )
    return {
        "platform": platform.platform(),
        "device": device,
        "processor": name,
        "precision": precision,
        "threads": str(torch.get_num_threads()),
    }


def peak_memory_mb() -> float:
    """Return the process's largest resident memory so far, in MB."""
    with suppress(OSError, StopIteration):
        # getrusage counts what the parent held before this program began; the kernel's own mark does not
        lines = Path("/proc/self/status").read_text(encoding="utf-8").splitlines()
        return int(next(line for line in lines if line.startswith("VmHWM:")).split()[1]) / KIBI
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / KIBI / (KIBI if sys.platform == "darwin" else 1)


def machine() -> dict[str, str]:
    """Return what can be told of this machine without torch."""
    return {
        "platform": platform.platform(),
        "processor": platform.processor() or platform.machine(),
        "cores": str(len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()),
        "adfw": version("adfw"),
        "torch": version("torch"),
    }
