"""Datasets broken on purpose: each is caught by the check it is paired with, and each check catches one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest
import torch

from adfw import Dataset, DatasetError, Sample
from adfw.testing import Failure, check_plugin
from adfw.testing.check import Subject
from adfw.testing.dataset_contract import CHECKS

COUNTS = {"train": 5, "calibration": 3, "test": 4}


def draw(name, index):
    """Draw one sample: noise, with a bright square on every other test image."""
    seed = list(COUNTS).index(name) * 100 + index
    image = 0.8 * torch.rand((1, 9, 7), generator=torch.Generator().manual_seed(seed))
    mask = torch.zeros((9, 7), dtype=torch.bool)
    if name != "test" or index % 2 == 0:
        return Sample(f"{name}/good/{index}.png", image, 0, mask=mask if index % 3 else None)
    mask[2:4, 2:4] = True
    return Sample(f"{name}/spot/{index}.png", image + 0.2 * mask, 1, "spot", mask)


class Part(Sequence):
    def __init__(self, name, change=lambda sample: sample):
        self.name, self.change = name, change

    def __len__(self):
        return COUNTS[self.name]

    def __getitem__(self, index):
        if not -len(self) <= index < len(self):
            raise IndexError(index)
        return self.change(draw(self.name, index % len(self)))


class Right(Dataset):
    """Samples drawn when indexed."""

    def split(self, name):
        return Part(name, lambda sample: self.change(name, sample))

    def change(self, name, sample):
        return sample


class RightWithoutCalibration(Right):
    """Has no calibration part, and says so."""

    def split(self, name):
        if name == "calibration":
            raise DatasetError("no calibration images")
        return super().split(name)


class RightColour(Right):
    """Colour images without masks, with a notice and a finding."""

    notice = "These images were drawn."

    def change(self, name, sample):
        return replace(sample, image=sample.image.repeat(3, 1, 1), mask=None)

    def findings(self):
        return ["a.txt: of no known image format, left out"]


def faulty(doc, **changes):
    """Make a dataset whose samples differ in some fields: name=function of (part, sample)."""

    class Faulty(Right):
        __doc__ = doc

        def change(self, name, sample):
            return replace(sample, **{field: function(name, sample) for field, function in changes.items()})

    return Faulty


class EmptyTrain(Right):
    def split(self, name):
        return () if name == "train" else super().split(name)


class MissingTest(Right):
    def split(self, name):
        if name == "test":
            raise DatasetError("no test images")
        return super().split(name)


class Endless(Right):
    def split(self, name):
        class Round(Part):
            def __getitem__(self, index):
                return super().__getitem__(index % len(self))

        return Round(name)


class ListOfPaths(Right):
    def split(self, name):
        class Paths(list):
            def __getitem__(self, index):
                return draw(name, list.__getitem__(self, index))

        return Paths(range(COUNTS[name]))


class Repeats(Right):
    """Holds the same picture in train and test, under two names."""

    def split(self, name):
        part = super().split(name)
        return [replace(draw("train", 0), id="test/good/copy.png"), *part] if name == "test" else part


class Shuffles(Right):
    """Draws another order each time it is built."""

    built = 0

    def __init__(self):
        Shuffles.built += 1
        self.turn = Shuffles.built

    def __deepcopy__(self, memo):
        return type(self)()

    def split(self, name):
        part = super().split(name)
        return Turned(part, self.turn)


class Turned(Sequence):
    def __init__(self, part, turn):
        self.part, self.turn = part, turn

    def __len__(self):
        return len(self.part)

    def __getitem__(self, index):
        if not -len(self) <= index < len(self):
            raise IndexError(index)
        return self.part[(index + self.turn) % len(self)]


class Eager(Right):
    """Decodes everything at once and keeps it."""

    def __init__(self):
        self.parts = {name: [draw(name, index) for index in range(count)] for name, count in COUNTS.items()}

    def split(self, name):
        return self.parts[name]


class SharedBuffer(Right):
    """Decodes into one buffer for all samples."""

    def __init__(self):
        self.buffer = torch.zeros((1, 9, 7))

    def change(self, name, sample):
        self.buffer.copy_(sample.image)
        return replace(sample, image=self.buffer)


class OneReader(Right):
    """Seeks and reads in two steps, as a shared file handle does."""

    def split(self, name):
        class Reader(Part):
            def __getitem__(self, index):
                import time

                super().__getitem__(index)
                self.place = index
                time.sleep(0.002)
                return super().__getitem__(self.place)

        return Reader(name)


class RandomCrop(Right):
    """Augments with the global random generator."""

    def change(self, name, sample):
        return replace(sample, image=(sample.image + 0.01 * torch.rand(1)).clamp(0, 1))


class OneFinding(Right):
    def findings(self):
        return "a.txt: left out"


class NoNotice(Right):
    notice = None


FAULTS = {
    "empty train": (EmptyTrain, "parts_filled"),
    "no test": (MissingTest, "parts_filled"),
    "endless": (Endless, "sequences_end"),
    "list of paths": (ListOfPaths, "sequences_end"),
    "bytes": (faulty("0..255", image=lambda name, s: s.image * 255), "images_right"),
    "uint8": (faulty("uint8", image=lambda name, s: (s.image * 255).to(torch.uint8)), "images_right"),
    "channels last": (faulty("HWC", image=lambda name, s: s.image.movedim(0, 2)), "images_right"),
    "nan": (faulty("NaN", image=lambda name, s: s.image * torch.nan), "images_right"),
    "anomalous in train": (faulty("train", label=lambda name, s: 1, defect=lambda name, s: "spot"), "labels_right"),
    "bool label": (faulty("bool", label=lambda name, s: bool(s.label)), "labels_right"),
    "named normal": (faulty("good", defect=lambda name, s: s.defect or "good"), "labels_right"),
    "float mask": (faulty("float", mask=lambda name, s: None if s.mask is None else s.mask.float()), "masks_right"),
    "small mask": (faulty("half", mask=lambda name, s: None if s.mask is None else s.mask[::2, ::2]), "masks_right"),
    "inverted mask": (faulty("inverted", mask=lambda name, s: None if s.mask is None else ~s.mask), "masks_right"),
    "repeated ids": (faulty("stem", id=lambda name, s: s.id.rsplit("/", 1)[1]), "ids_right"),
    "absolute ids": (faulty("absolute", id=lambda name, s: f"/home/me/{s.id}"), "ids_right"),
    "backslashes": (faulty("windows", id=lambda name, s: s.id.replace("/", "\\")), "ids_right"),
    "picture twice": (Repeats, "parts_disjoint"),
    "shuffles": (Shuffles, "same_split_again"),
    "eager": (Eager, "decoded_when_indexed"),
    "shared buffer": (SharedBuffer, "decoded_when_indexed"),
    "one reader": (OneReader, "threads_agree"),
    "random crop": (RandomCrop, "surroundings_untouched"),
    "one finding": (OneFinding, "sentences"),
    "no notice": (NoNotice, "sentences"),
}


@pytest.mark.parametrize("dataset", [Right, RightWithoutCalibration, RightColour])
def test_right_datasets_pass_every_check(dataset):
    assert not check_plugin(dataset()).failed


@pytest.mark.parametrize("fault", FAULTS)
def test_each_fault_is_caught_by_its_check(fault):
    dataset, name = FAULTS[fault]
    (check,) = [check for check in CHECKS if check.name == name]
    with pytest.raises(Failure):
        check.run(Subject(dataset()))


def test_each_check_catches_a_fault():
    assert {check.name for check in CHECKS} == {name for _, name in FAULTS.values()}
