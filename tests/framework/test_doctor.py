from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import torch

from adfw import Dataset, DatasetError, InvalidImage, Sample, SplitName, fingerprint
from adfw.doctor import DatasetFinding, look_over

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path


class Given(Dataset):
    """Splits as given; a string in place of a sample is a file that cannot be read, in place of a split a fault."""

    def __init__(self, findings: Sequence[str] = (), **splits: list[Sample | str] | str) -> None:
        self._findings, self._splits = findings, splits

    def findings(self) -> Sequence[str]:
        return self._findings

    def split(self, name: SplitName) -> Sequence[Sample]:
        given = self._splits[name]
        if isinstance(given, str):
            raise DatasetError(given)
        return Reading(given)  # type: ignore[return-value]


class Reading(list):  # type: ignore[type-arg]
    def __getitem__(self, index: int) -> Sample:  # type: ignore[override]
        sample = super().__getitem__(index)
        if isinstance(sample, str):
            raise InvalidImage(sample, "is truncated; copy it again")
        return sample


def image(number: int, size: tuple[int, int] = (4, 5), channels: int = 1, levels: int = 255) -> torch.Tensor:
    generator = torch.Generator().manual_seed(number)
    return torch.randint(0, levels + 1, (channels, *size), generator=generator).float() / levels


def good(number: int, **form: object) -> Sample:
    return Sample(f"good{number}", image(number, **form), 0)  # type: ignore[arg-type]


def bad(number: int, mask: torch.Tensor | bool | None = True, **form: object) -> Sample:
    pixels = image(100 + number, **form)  # type: ignore[arg-type]
    drawn = torch.ones(pixels.shape[1:], dtype=torch.bool) if mask is True else mask
    return Sample(f"bad{number}", pixels, 1, "dent", drawn)  # type: ignore[arg-type]


def sound(**changes: object) -> Given:
    parts = {"train": [good(1), good(2)], "calibration": [good(3)], "test": [good(4), bad(1)]}
    return Given(**{**parts, **changes})  # type: ignore[arg-type]


def sentences(dataset: Dataset, severity: str) -> str:
    return "\n".join(finding.sentence for finding in look_over(dataset).findings if finding.severity == severity)


def test_a_sound_dataset_is_counted_and_nothing_is_wrong() -> None:
    report = look_over(sound())
    assert report.counts == {"train": {"good": 2}, "calibration": {"good": 1}, "test": {"good": 1, "dent": 1}}
    assert report.sizes == {(4, 5): 5}
    assert report.findings == ()
    assert report.errors == ()


def test_its_fingerprint_is_that_of_the_run() -> None:
    dataset = sound()
    splits: dict[SplitName, Sequence[Sample]] = {
        name: list(dataset.split(name)) for name in ("train", "calibration", "test")
    }
    assert look_over(dataset).fingerprint == fingerprint(splits)


def test_unreadable_images_are_errors_and_the_others_are_still_counted() -> None:
    report = look_over(sound(train=[good(1), "a.png", good(2), "b.png"]))
    assert report.errors == ("a.png: is truncated; copy it again", "b.png: is truncated; copy it again")
    assert report.counts["train"] == {"good": 2}


def test_a_split_that_cannot_be_made_is_an_error_and_the_others_are_looked_at() -> None:
    report = look_over(sound(test="no test images"))
    assert report.errors == ("no test images",)
    assert report.counts == {"train": {"good": 2}, "calibration": {"good": 1}, "test": {}}


def test_what_the_files_tell_is_a_warning_unless_an_error_repeats_it() -> None:
    report = look_over(
        sound(findings=["m.png: a mask for no image", "odd.heic: left out"], test="m.png: a mask for no image")
    )
    assert report.findings == (
        DatasetFinding("error", "m.png: a mask for no image"),
        DatasetFinding("warning", "odd.heic: left out"),
    )


@pytest.mark.parametrize("part", ["train", "calibration", "test"])
def test_an_empty_split_is_an_error(part: str) -> None:
    assert f"{part}: holds no images" in sentences(sound(**{part: []}), "error")


@pytest.mark.parametrize("part", ["calibration", "test"])
def test_the_same_picture_in_two_splits_is_an_error(part: str) -> None:
    twin = Sample("twin", image(1), 0)
    words = sentences(sound(**{part: [twin, bad(1)] if part == "test" else [twin]}), "error")
    assert "good1, twin: the same picture in" in words
    assert f"{part} and train" in words


def test_the_same_picture_under_two_labels_is_an_error() -> None:
    twin = Sample("twin", image(4), 1, "dent", torch.ones(4, 5, dtype=torch.bool))
    assert "good4, twin: the same picture, labelled normal and anomalous" in sentences(
        sound(test=[good(4), twin]), "error"
    )


def test_the_same_picture_twice_in_one_split_is_a_warning() -> None:
    dataset = sound(train=[good(1), Sample("twin", image(1), 0)])
    assert look_over(dataset).errors == ()
    assert "good1, twin: the same picture more than once in train" in sentences(dataset, "warning")


def test_ids_that_are_not_unique_are_an_error() -> None:
    dataset = sound(train=[good(1), Sample("good1", image(9), 0)])
    assert "good1, good1: ids that are not unique" in sentences(dataset, "error")


@pytest.mark.parametrize("part", ["train", "calibration"])
def test_anomalous_images_outside_test_are_an_error(part: str) -> None:
    assert "bad7: anomalous images in train or calibration" in sentences(sound(**{part: [good(8), bad(7)]}), "error")


@pytest.mark.parametrize(("test", "words"), [([good(4)], "normal images only; add anomalous ones"),
                                             ([bad(4)], "anomalous images only; add normal ones")])  # fmt: skip
def test_one_class_only_in_test_is_a_warning(test: list[Sample], words: str) -> None:
    assert f"test: holds {words}" in sentences(sound(test=test), "warning")


def test_masks_are_compared_with_their_images() -> None:
    wrong = bad(1, torch.ones(3, 3, dtype=torch.bool))
    assert "bad1: masks of another size than their images" in sentences(sound(test=[good(4), wrong]), "error")
    marked = Sample("good9", image(9), 0, mask=torch.ones(4, 5, dtype=torch.bool))
    assert "good9: normal images with a defect in their mask" in sentences(sound(test=[marked, bad(1)]), "error")
    clean = Sample("good9", image(9), 0, mask=torch.zeros(4, 5, dtype=torch.bool))
    assert look_over(sound(test=[clean, bad(1)])).findings == ()
    empty = bad(1, torch.zeros(4, 5, dtype=torch.bool))
    assert "bad1: anomalous images with an empty mask" in sentences(sound(test=[good(4), empty]), "warning")
    missing = bad(1, None)
    assert "bad1: anomalous images without a mask" in sentences(sound(test=[good(4), missing]), "warning")


@pytest.mark.parametrize(
    ("form", "words"),
    [
        ({"size": (8, 5)}, "good7: mixed sizes; all are stretched to one (5 of 5 x 4 pixels, 1 of 5 x 8 pixels)"),
        ({"levels": 65_535}, "good7: mixed bit depths (5 of 8-bit, 1 of 16-bit)"),
        ({"channels": 3}, "good7: mixed grey and colour images (5 of grey, 1 of colour)"),
    ],
)
def test_mixtures_are_warnings_that_name_the_rarest(form: dict[str, object], words: str) -> None:
    dataset = sound(train=[good(1), good(2), good(7, **form)])
    assert look_over(dataset).errors == ()
    assert sentences(dataset, "warning") == words


def test_many_images_are_counted_and_only_some_are_named() -> None:
    dataset = sound(test=[good(4), *(bad(number, None) for number in range(9))])
    assert "bad0, bad1, bad2, bad3, bad4 and 4 more: anomalous images without a mask" in sentences(dataset, "warning")


@pytest.mark.realdata
def test_the_real_capsules_are_sound(real_capsule: Path) -> None:
    from adfw import Catalog

    config = Catalog.discover().find("dataset", "mvtec").config
    report = look_over(config(root=real_capsule, category="capsule").build())
    assert report.findings == ()
    assert report.counts["train"] == {"good": 157}
    assert report.counts["test"] == {
        "good": 23, "crack": 23, "faulty_imprint": 22, "poke": 21, "scratch": 23, "squeeze": 20
    }  # fmt: skip
