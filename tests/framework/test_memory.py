from __future__ import annotations

import subprocess
import sys

import pytest

from adfw import memory

BLOCK = 48 * 2**20
ALLOCATIONS = f"""
import ctypes
import torch
from adfw.memory import reuse_freed_memory

class Mallinfo(ctypes.Structure):
    _fields_ = [(name, ctypes.c_size_t) for name in (
        "arena", "ordblks", "smblks", "hblks", "hblkhd", "usmblks", "fsmblks", "uordblks", "fordblks", "keepcost"
    )]

libc = ctypes.CDLL(None)
libc.mallinfo2.restype = Mallinfo

def mapped():
    before = libc.mallinfo2().hblkhd
    block = torch.empty({BLOCK}, dtype=torch.uint8).fill_(1)
    return libc.mallinfo2().hblkhd - before

def resident():
    with open("/proc/self/statm") as pages:
        return int(pages.read().split()[1]) * 4096

before = resident()
with reuse_freed_memory():
    print(mapped())
    print(resident() - before)
print(resident() - before)
print(mapped())
"""


@pytest.mark.skipif(
    memory._glibc() is None or not hasattr(memory._glibc(), "mallinfo2"), reason="no glibc of 2.33 or later"
)
def test_freed_blocks_are_kept_inside_and_given_back_outside() -> None:
    """Ask, in a new process, where glibc takes a block of 48 MB from and whether it is still there once freed."""
    done = subprocess.run([sys.executable, "-c", ALLOCATIONS], capture_output=True, text=True, check=True)
    mapped_inside, kept_inside, kept_outside, mapped_outside = map(int, done.stdout.split())
    assert mapped_inside == 0
    assert kept_inside > BLOCK // 2 > kept_outside
    assert mapped_outside >= BLOCK


def test_another_c_library_is_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "platform", "darwin")
    with memory.reuse_freed_memory():
        assert memory._glibc() is None


def test_an_error_inside_comes_through() -> None:
    with pytest.raises(KeyError), memory.reuse_freed_memory():
        raise KeyError
