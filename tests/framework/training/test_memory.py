from __future__ import annotations

import resource
import sys

import pytest
import torch

from adfw.training import memory


def faults_of(bytes_: int) -> int:
    """Return how many pages the kernel had to map for ten blocks, allocated one after the other."""
    for _ in range(3):
        torch.empty(bytes_, dtype=torch.uint8).fill_(1)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
    for _ in range(10):
        torch.empty(bytes_, dtype=torch.uint8).fill_(1)
    return resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before


@pytest.mark.skipif(memory._glibc() is None, reason="another C library")
def test_freed_blocks_are_used_again_inside_and_given_back_outside() -> None:
    size = 48 * 2**20
    with memory.reuse_freed_memory():
        inside = faults_of(size)
    assert inside < 100
    assert faults_of(size) > 10 * inside


def test_another_c_library_is_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "platform", "darwin")
    with memory.reuse_freed_memory():
        assert memory._glibc() is None


def test_an_error_inside_comes_through() -> None:
    with pytest.raises(KeyError), memory.reuse_freed_memory():
        raise KeyError
