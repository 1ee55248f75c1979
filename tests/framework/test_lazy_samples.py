from __future__ import annotations

import pickle

import pytest
import torch

from adfw import LazySamples, Sample


def drawn(number: int) -> Sample:
    return Sample(f"{number}.png", torch.full((1, 2, 2), number / 10), 0)


def test_a_sample_is_made_each_time_it_is_indexed_and_by_nothing_else() -> None:
    made: list[int] = []
    samples = LazySamples([5, 6, 7], lambda number: made.append(number) or drawn(number))
    assert len(samples) == 3
    part = samples[1:]
    assert made == []
    assert [sample.id for sample in (samples[0], samples[-1], part[0], samples[0])] == [
        "5.png",
        "7.png",
        "6.png",
        "5.png",
    ]
    assert made == [5, 7, 6, 5]


def test_it_is_a_sequence_that_ends() -> None:
    samples = LazySamples(range(4), drawn)
    assert [sample.id for sample in samples] == ["0.png", "1.png", "2.png", "3.png"]
    assert [sample.id for sample in samples[::-2]] == ["3.png", "1.png"]
    assert [sample.id for sample in reversed(samples)] == ["3.png", "2.png", "1.png", "0.png"]
    with pytest.raises(IndexError):
        samples[4]


def test_sources_changed_later_change_nothing() -> None:
    sources = [1, 2]
    samples = LazySamples(sources, drawn)
    sources.append(3)
    assert len(samples) == 2


def test_it_goes_to_another_process() -> None:
    samples = pickle.loads(pickle.dumps(LazySamples([3], drawn)))
    assert torch.equal(samples[0].image, drawn(3).image)
