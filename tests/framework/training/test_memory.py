from __future__ import annotations

import subprocess
import sys

import pytest

from adfw.training import memory

FAULTS = """
import resource
import torch
from adfw.training.memory import reuse_freed_memory

def faults_of(size):
    for _ in range(3):
        torch.empty(size, dtype=torch.uint8).fill_(1)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
    for _ in range(10):
        torch.empty(size, dtype=torch.uint8).fill_(1)
    return resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before

with reuse_freed_memory():
    print(faults_of(48 * 2**20))
print(faults_of(48 * 2**20))
"""


@pytest.mark.skipif(memory._glibc() is None, reason="another C library")
def test_freed_blocks_are_used_again_inside_and_given_back_outside() -> None:
    """Count, in a process with nothing on its heap, the pages mapped for ten blocks one after the other."""
    done = subprocess.run([sys.executable, "-c", FAULTS], capture_output=True, text=True, check=True)
    inside, outside = map(int, done.stdout.split())
    assert 2 * inside < outside


def test_another_c_library_is_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "platform", "darwin")
    with memory.reuse_freed_memory():
        assert memory._glibc() is None


def test_an_error_inside_comes_through() -> None:
    with pytest.raises(KeyError), memory.reuse_freed_memory():
        raise KeyError
