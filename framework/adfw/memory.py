"""Keeps glibc from handing large blocks back to the kernel between two steps of a training, or two images."""

from __future__ import annotations

import ctypes
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

# malloc.h of glibc
TRIM_THRESHOLD, MMAP_THRESHOLD, MMAP_MAX = -1, -3, -4


@contextmanager
def reuse_freed_memory() -> Iterator[None]:
    """Let this process reuse freed blocks of any size; on a CPU that makes a training step up to twice as fast.

    By default glibc maps each block above 32 MB anew, and the kernel clears it page by page, at every activation of
    every step: measured, a third of the time of a bf16 step. Afterwards glibc is left as it settles by itself in a
    process with large blocks. Does nothing where the C library is another.
    """
    libc = _glibc()
    if libc is None:
        yield
        return
    libc.mallopt(MMAP_MAX, 0)
    libc.mallopt(TRIM_THRESHOLD, -1)
    try:
        yield
    finally:
        libc.mallopt(MMAP_MAX, 65536)
        libc.mallopt(MMAP_THRESHOLD, 32 * 2**20)
        libc.mallopt(TRIM_THRESHOLD, 64 * 2**20)
        libc.malloc_trim(0)


def _glibc() -> ctypes.CDLL | None:
    if not sys.platform.startswith("linux"):
        return None
    libc = ctypes.CDLL(None)
    return libc if hasattr(libc, "gnu_get_libc_version") and hasattr(libc, "mallopt") else None
