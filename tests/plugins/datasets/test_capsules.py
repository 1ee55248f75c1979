from __future__ import annotations

import pytest
import torch
from pydantic import ValidationError

from adfw import Dataset, content_digest
from adfw_plugins.datasets import CapsulesConfig

DEFECTS = ("crack", "faulty_imprint", "poke", "scratch", "squeeze")


def small(**fields: int) -> Dataset:
    return CapsulesConfig(**{"size": 32, "train": 3, "calibration": 2, "normal": 2, "defects": 1, **fields}).build()


def test_the_parts_hold_what_the_fields_count() -> None:
    dataset = small()
    train, calibration, test = (list(dataset.split(part)) for part in ("train", "calibration", "test"))
    assert [sample.id for sample in train] == [f"train/good/{number:03d}.png" for number in range(3)]
    assert [sample.label for sample in (*train, *calibration)] == [0] * 5
    assert [sample.defect for sample in test] == ["", "", *DEFECTS]
    assert all(sample.image.shape == (3, 32, 32) for sample in (*train, *calibration, *test))
    assert all((sample.mask is not None) == bool(sample.label) for sample in (*train, *calibration, *test))


def test_no_picture_appears_twice() -> None:
    dataset = small(train=6, calibration=6, normal=6, defects=2)
    digests = [content_digest(s.image) for part in ("train", "calibration", "test") for s in dataset.split(part)]
    assert len(set(digests)) == len(digests) == 28


def test_a_picture_depends_on_its_seed_and_number_only() -> None:
    few, many = small().split("test"), small(normal=9, defects=4, train=7).split("test")
    by_id = {sample.id: sample for sample in many}
    for sample in few:
        assert torch.equal(sample.image, by_id[sample.id].image)
        assert sample.mask is None or torch.equal(sample.mask, by_id[sample.id].mask)
    other = small(seed=1).split("test")
    assert not any(torch.equal(a.image, b.image) for a, b in zip(few, other, strict=True))


def test_samples_are_a_sequence_that_draws_when_indexed(monkeypatch: pytest.MonkeyPatch) -> None:
    drawn = []
    monkeypatch.setattr("adfw_plugins.datasets.capsules.draw", lambda *key: drawn.append(key))
    samples = small().split("test")
    assert len(samples) == 7
    assert len(samples[2:4]) == 2
    assert not drawn


def test_it_says_that_it_was_drawn() -> None:
    assert "drawn by a program" in small().notice


@pytest.mark.parametrize("wrong", [{"size": 15}, {"train": 0}, {"defects": -1}, {"seed": -1}, {"width": 3}])
def test_nonsense_is_refused(wrong: dict[str, int]) -> None:
    with pytest.raises(ValidationError):
        CapsulesConfig(**wrong)
