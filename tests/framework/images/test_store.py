from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from adfw import DatasetError, ImageStore, InvalidImage, Preprocessing, Sample, content_digest

GREY = Preprocessing(size=6, color="grey")


class Samples(Sequence[Sample]):
    """Random samples that count how often each is decoded."""

    def __init__(self, count: int, levels: int = 255, broken: int = -1) -> None:
        self.count, self.levels, self.broken = count, levels, broken
        self.decoded: Counter[int] = Counter()

    def __len__(self) -> int:
        return self.count

    def __getitem__(self, index: int) -> Sample:  # type: ignore[override]
        if index == self.broken:
            raise InvalidImage(f"{index}.png", "is truncated")
        self.decoded[index] += 1
        generator = torch.Generator().manual_seed(index)
        image = torch.randint(0, self.levels + 1, (3, 10, 9), generator=generator).float() / self.levels
        mask = torch.rand((10, 9), generator=generator) > 0.5 if index % 2 else None
        return Sample(f"{index}.png", image, index % 2, "dent" if index % 2 else "", mask, Path(f"{index}.png"))


@given(levels=st.sampled_from([255, 65_535]), budget=st.sampled_from([0, 100, 10**6]), count=st.integers(1, 6))
def test_samples_are_the_same_kept_or_decoded_again(levels: int, budget: int, count: int) -> None:
    native = Samples(count, levels)
    store = ImageStore(native, GREY, budget)
    for index in [*range(count), *reversed(range(count))]:
        stored, sample = store[index], native[index]
        assert torch.equal(stored.image, GREY.apply(sample.image))
        assert (stored.id, stored.label, stored.defect, stored.path) == (
            sample.id, sample.label, sample.defect, sample.path
        )  # fmt: skip
        assert (stored.mask is None) == (sample.mask is None)
        if sample.mask is not None:
            assert stored.mask is not None
            assert stored.mask.dtype == torch.bool
            assert torch.equal(stored.mask, sample.mask)


def test_a_16_bit_ramp_keeps_more_than_1000_levels() -> None:
    ramp = torch.linspace(0, 1, 4096).mul(65_535).round().div(65_535).reshape(1, 64, 64)
    store = ImageStore([Sample("ramp", ramp, 0)], Preprocessing(size=64, color="grey"))
    assert torch.equal(store[0].image, ramp)
    assert len(store[0].image.unique()) > 1000


def test_within_the_budget_everything_is_decoded_once() -> None:
    native = Samples(5)
    store = ImageStore(native, GREY, 10_000)
    for _ in range(3):
        assert [store[index].id for index in range(5)] == [f"{index}.png" for index in range(5)]
    assert set(native.decoded.values()) == {1}


def test_beyond_the_budget_the_rest_is_decoded_each_time() -> None:
    native = Samples(6)
    store = ImageStore(native, GREY, 2 * 36 + 12)  # two images of 6 x 6 bytes, one mask of 90 bits
    for _ in range(3):
        for index in range(6):
            store[index]
    assert sorted(native.decoded.values()) == [1, 1, 3, 3, 3, 3]


def test_what_is_handed_out_does_not_share_memory_with_what_is_kept() -> None:
    store = ImageStore(Samples(2), GREY)
    before = store[1].image.clone()
    store[1].image.zero_()
    assert torch.equal(store[1].image, before)


def test_many_threads_decode_each_image_once() -> None:
    native = Samples(8)
    store, start = ImageStore(native, GREY), threading.Barrier(8)

    def read_all() -> None:
        start.wait()
        for index in range(8):
            store[index]

    threads = [threading.Thread(target=read_all) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert set(native.decoded.values()) == {1}


def test_it_is_a_sequence() -> None:
    store = ImageStore(Samples(4), GREY)
    assert len(store) == 4
    assert store[-1].id == "3.png"
    assert [sample.id for sample in store[1:3]] == ["1.png", "2.png"]
    assert [sample.id for sample in store] == ["0.png", "1.png", "2.png", "3.png"]
    with pytest.raises(IndexError):
        store[4]


def test_a_broken_image_says_so_every_time_and_harms_no_other() -> None:
    store = ImageStore(Samples(3, broken=1), GREY)
    for _ in range(2):
        with pytest.raises(InvalidImage, match=r"1\.png: is truncated"):
            store[1]
    assert store[2].id == "2.png"


def test_an_image_that_cannot_be_preprocessed_is_named() -> None:
    image = torch.full((1, 4, 4), 60_000 / 65_535)
    store = ImageStore([Sample("a/dark.png", image, 0)], Preprocessing(size=4, color="grey", bit_depth=12))
    with pytest.raises(DatasetError, match=r"^a/dark\.png: a sample of 60000 is above the 4095"):
        store[0]


def test_it_tells_the_native_content_without_decoding_again() -> None:
    native = Samples(3)
    store = ImageStore(native, GREY)
    store[0]
    contents = [store.content(index) for index in range(3)]
    assert set(native.decoded.values()) == {1}
    assert contents == [(f"{index}.png", content_digest(native[index].image)) for index in range(3)]
