"""What every dataset does: the contract. Of large parts, evenly spaced samples are looked at."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from itertools import islice
from typing import TYPE_CHECKING, get_args

import torch

from adfw.errors import DatasetError
from adfw.images.content import content_digest
from adfw.interfaces import Sample, SplitName
from adfw.testing.check import Check, Failure, Subject, require
from adfw.testing.surroundings import global_seed, left_alone

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from adfw.interfaces import Dataset

LOOK = 24
"""How many samples of each part are decoded."""


def parts_of(dataset: Dataset) -> dict[str, Sequence[Sample]]:
    """Return the parts there are; DatasetError stands for a missing one."""
    parts = {}
    for name in get_args(SplitName):
        try:
            parts[name] = dataset.split(name)
        except DatasetError:
            continue
    return parts


def places(part: Sequence[Sample]) -> list[int]:
    """Return up to LOOK indices, evenly spaced from the first sample to the last."""
    steps = min(len(part), LOOK)
    return sorted({round(step * (len(part) - 1) / max(1, steps - 1)) for step in range(steps)})


def samples(subject: Subject) -> dict[str, list[Sample]]:
    """Return the samples that all checks look at, decoded once."""
    if "samples" not in subject.shared:
        parts = parts_of(subject.built)
        subject.shared["samples"] = {name: [part[place] for place in places(part)] for name, part in parts.items()}
    found: dict[str, list[Sample]] = subject.shared["samples"]
    return found


def _each(subject: Subject) -> Iterator[tuple[str, Sample]]:
    for name, part in samples(subject).items():
        for sample in part:
            yield name, sample


def parts_filled(subject: Subject, _: None) -> None:
    """There are images to train on and images to test on."""
    parts = parts_of(subject.built)
    for name in ("train", "test"):
        require(name in parts, f"its split({name!r}) raises DatasetError, so that nothing can be run")
        require(len(parts[name]) > 0, f"its part {name!r} is empty")


def sequences_end(subject: Subject, _: None) -> None:
    """Each part is a sequence: loops see its samples, and an index beyond its end raises IndexError."""
    for name, part in parts_of(subject.built).items():
        for sample in islice(part, 1):
            same = isinstance(sample, Sample) and sample.id == part[0].id
            require(same, f"a loop over part {name!r} starts with {sample!r}, though index 0 gives {part[0].id!r}")
        try:
            part[len(part)]
        except IndexError:
            continue
        raise Failure(
            f"part {name!r} has {len(part)} samples, yet index {len(part)} gives one, so that loops never end"
        )


def images_right(subject: Subject, _: None) -> None:
    """Images are (C, H, W) float32 in [0, 1] of one or three channels, without NaN."""
    for name, sample in _each(subject):
        image, where = sample.image, f"{name} {sample.id!r}"
        require(image.dtype == torch.float32, f"{where}: the image is {image.dtype} instead of torch.float32")
        right = image.ndim == 3 and image.shape[0] in (1, 3) and image.numel() > 0
        require(right, f"{where}: the image has the shape {tuple(image.shape)} instead of (1 or 3, H, W)")
        low, high = float(image.min()), float(image.max())
        require(0 <= low <= high <= 1, f"{where}: the image spans [{low:.6g}, {high:.6g}] instead of [0, 1]")


def labels_right(subject: Subject, _: None) -> None:
    """Labels are 0 or 1, anomalous ones name their defect, and only test holds them."""
    for name, sample in _each(subject):
        where = f"{name} {sample.id!r}"
        require(
            type(sample.label) is int and sample.label in (0, 1), f"{where}: the label is {sample.label!r}, not 0 or 1"
        )
        require(name == "test" or sample.label == 0, f"{where}: an anomalous image, where only normal ones belong")
        told = bool(sample.defect) == bool(sample.label)
        require(told, f"{where}: the label is {sample.label}, but the type of defect {sample.defect!r}")


def masks_right(subject: Subject, _: None) -> None:
    """Masks are (H, W) bool of the image's size, true somewhere if and only if the image is anomalous."""
    for name, sample in _each(subject):
        if sample.mask is not None:
            mask, where = sample.mask, f"{name} {sample.id!r}"
            require(mask.dtype == torch.bool, f"{where}: the mask is {mask.dtype} instead of torch.bool")
            same = tuple(mask.shape) == tuple(sample.image.shape[1:])
            require(same, f"{where}: the mask is {tuple(mask.shape)}, the image {tuple(sample.image.shape[1:])}")
            marked = bool(mask.any())
            require(
                marked == bool(sample.label),
                f"{where}: label {sample.label}, but the mask marks {int(mask.sum())} pixels",
            )


def ids_right(subject: Subject, _: None) -> None:
    """Ids are unique and the same on every machine: relative, with forward slashes."""
    seen: dict[str, str] = {}
    for name, sample in _each(subject):
        require(isinstance(sample.id, str) and sample.id, f"{name}: an id is {sample.id!r}")
        stable = not sample.id.startswith(("/", "~")) and "\\" not in sample.id and ":" not in sample.id[:3]
        require(stable, f"{name}: the id {sample.id!r} is not relative to the root, or has backslashes")
        require(sample.id not in seen, f"the id {sample.id!r} is in {seen.get(sample.id)} and in {name}")
        seen[sample.id] = name


def parts_disjoint(subject: Subject, _: None) -> None:
    """No image is in two parts, under whatever id."""
    seen: dict[str, tuple[str, str]] = {}
    for name, sample in _each(subject):
        digest = content_digest(sample.image)
        part, other = seen.setdefault(digest, (name, sample.id))
        require(part == name, f"{name} {sample.id!r} is the same picture as {part} {other!r}")


def same_split_again(subject: Subject, _: None) -> None:
    """The same configuration gives the same samples, in the same order, from a dataset built anew."""
    first, again = samples(subject), parts_of(subject.build())
    for name, part in first.items():
        require(name in again, f"built anew it has no part {name!r}")
        for place, sample in zip(places(again[name]), part, strict=False):
            other = again[name][place]
            same = other.id == sample.id and torch.equal(other.image, sample.image)
            require(same, f"{name}[{place}] is {sample.id!r} first, and {other.id!r} from a dataset built anew")


def decoded_when_indexed(subject: Subject, _: None) -> None:
    """Samples are decoded when indexed, not kept: each has an image of its own."""
    for name, part in parts_of(subject.built).items():
        if len(part):
            one = part[0].image
            before = one.clone()
            other = part[0].image
            require(
                one.data_ptr() != other.data_ptr(), f"{name}[0] gives the same tensor twice, so it is kept in memory"
            )
            one.zero_()
            require(torch.equal(part[0].image, before), f"changing the image of {name}[0] changes what it gives next")


def threads_agree(subject: Subject, _: None) -> None:
    """Samples read by several threads at once are the same."""
    for name, part in parts_of(subject.built).items():
        looked_at = samples(subject)[name]
        with ThreadPoolExecutor(4) as pool:
            found = list(pool.map(part.__getitem__, places(part)))
        for sample, other in zip(looked_at, found, strict=False):
            same = sample.id == other.id and torch.equal(sample.image, other.image)
            require(same, f"{name} {sample.id!r} is another sample when four threads read at once")


def surroundings_untouched(subject: Subject, _: None) -> None:
    """Global random generators and settings are neither used nor changed."""
    with left_alone():
        parts = parts_of(subject.build())
        first = {name: part[0] for name, part in parts.items() if len(part)}
    with global_seed(1234):
        again = {name: parts[name][0] for name in first}
    for name, sample in first.items():
        same = sample.id == again[name].id and torch.equal(sample.image, again[name].image)
        require(same, f"{name}[0] depends on the global random seed")


def sentences(subject: Subject, _: None) -> None:
    """`notice` is a sentence or "", and so is `licence`; `findings` a sequence of sentences."""
    for name in ("notice", "licence"):
        value = getattr(subject.built, name)
        require(isinstance(value, str), f"{name} is a {type(value).__name__}, not a str")
    findings = subject.built.findings()
    right = not isinstance(findings, str) and all(isinstance(finding, str) for finding in findings)
    require(right, f"findings() returns {findings!r}, not a sequence of sentences")


CHECKS = (
    Check(parts_filled, None),
    Check(sequences_end, None),
    Check(images_right, None),
    Check(labels_right, None),
    Check(masks_right, None),
    Check(ids_right, None),
    Check(parts_disjoint, None),
    Check(same_split_again, None),
    Check(decoded_when_indexed, None),
    Check(threads_agree, None),
    Check(surroundings_untouched, None),
    Check(sentences, None),
)
