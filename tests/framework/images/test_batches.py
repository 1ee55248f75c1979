from __future__ import annotations

import threading
import time
from collections.abc import Sequence

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from adfw import DatasetError, ImageStore, InvalidImage, Preprocessing, Sample, batches


def samples(count: int) -> list[Sample]:
    return [Sample(str(index), torch.full((1, 2, 3), index / 255), index % 2) for index in range(count)]


@given(count=st.integers(0, 17), size=st.integers(1, 6), threads=st.integers(1, 4), seed=st.integers(0, 9))
def test_every_sample_comes_once_in_order_whatever_the_threads(count, size, threads, seed) -> None:
    order = torch.randperm(count, generator=torch.Generator().manual_seed(seed)).tolist()
    for chosen in (None, order):
        made = list(batches(samples(count), size, order=chosen, threads=threads))
        assert [sample.id for batch in made for sample in batch.samples] == [str(k) for k in chosen or range(count)]
        assert all(len(batch) == size for batch in made[:-1])
        for batch in made:
            assert batch.images.shape == (len(batch), 1, 2, 3)
            assert all(torch.equal(image, s.image) for image, s in zip(batch.images, batch.samples, strict=True))


def test_an_order_may_leave_out_and_repeat() -> None:
    made = list(batches(samples(5), 2, order=[4, 4, 0]))
    assert [[sample.id for sample in batch.samples] for batch in made] == [["4", "4"], ["0"]]


def test_an_order_may_be_a_tensor() -> None:
    made = list(batches(samples(3), 3, order=torch.tensor([2, 0, 1])))
    assert [sample.id for sample in made[0].samples] == ["2", "0", "1"]


def test_images_of_samples_are_views_of_the_batch() -> None:
    (batch,) = batches(samples(2), 2)
    batch.images.zero_()
    assert all(not sample.image.any() for sample in batch.samples)


class Broken(Sequence[Sample]):
    def __len__(self) -> int:
        return 6

    def __getitem__(self, index: int) -> Sample:  # type: ignore[override]
        if index == 3:
            raise InvalidImage("3.png", "is truncated")
        return samples(6)[index]


def test_an_error_is_raised_in_its_turn() -> None:
    made = batches(Broken(), 2)
    assert [sample.id for sample in next(made).samples] == ["0", "1"]
    with pytest.raises(InvalidImage, match=r"3\.png: is truncated"):
        next(made)


def test_images_of_different_sizes_are_named() -> None:
    mixed = [Sample("small", torch.zeros(1, 2, 2), 0), Sample("large", torch.zeros(1, 4, 2), 0)]
    with pytest.raises(DatasetError, match="small is 1 x 2 x 2, large is 1 x 4 x 2; resize them with `preprocessing`"):
        list(batches(mixed, 2))


@pytest.mark.parametrize(("size", "threads"), [(0, 1), (1, 0)])
def test_at_least_one(size: int, threads: int) -> None:
    with pytest.raises(ValueError, match="at least 1"):
        next(batches(samples(2), size, threads=threads))


class Slow(Sequence[Sample]):
    """Samples that take a while and remember how far ahead they were asked for."""

    def __init__(self) -> None:
        self.asked: list[int] = []

    def __len__(self) -> int:
        return 40

    def __getitem__(self, index: int) -> Sample:  # type: ignore[override]
        self.asked.append(index)
        time.sleep(0.001)
        return samples(40)[index]


def test_the_next_batches_are_prepared_and_no_more_than_those() -> None:
    slow = Slow()
    made = batches(slow, 1, threads=2)
    next(made)
    time.sleep(0.05)
    assert 3 <= len(slow.asked) <= 4


def test_giving_up_early_ends_the_threads() -> None:
    made = batches(Slow(), 1)
    next(made)
    made.close()
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("adfw-images")]


def test_a_store_makes_the_same_batches_as_its_samples() -> None:
    store = ImageStore(samples(5), Preprocessing(size=(2, 3), color="grey"))
    for one, other in zip(batches(store, 2), batches(samples(5), 2), strict=True):
        assert torch.equal(one.images, other.images)
