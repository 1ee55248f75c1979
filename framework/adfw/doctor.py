"""Looks a dataset over before a run: what it holds, what cannot be read, what would spoil the figures."""

from __future__ import annotations

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, get_args

from adfw.dataset_checks import DatasetFinding, Look, check_images
from adfw.errors import DatasetError
from adfw.images.content import content_digest, fingerprint_of
from adfw.images.preprocessing import on_8_bit_grid
from adfw.interfaces import SplitName

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from adfw.interfaces import Dataset, Sample

SPLITS: tuple[SplitName, ...] = get_args(SplitName)


@dataclass(frozen=True)
class DatasetReport:
    """What a dataset holds: images by split and defect type ("good" for normal), and what is wrong, errors first.

    `sizes` counts images by (height, width); `fingerprint` names the readable content, as a run's report does.
    """

    counts: Mapping[str, Mapping[str, int]]
    sizes: Mapping[tuple[int, int], int]
    findings: tuple[DatasetFinding, ...]
    fingerprint: str

    @property
    def errors(self) -> tuple[str, ...]:
        """The sentences of the errors."""
        return tuple(finding.sentence for finding in self.findings if finding.severity == "error")


def look_over(dataset: Dataset, *, threads: int = 2) -> DatasetReport:
    """Read every image of a dataset once, a few at a time, and say what it holds and what is wrong."""
    findings = [DatasetFinding("warning", sentence) for sentence in dataset.findings()]
    looks: list[Look] = []
    for name in SPLITS:
        try:
            samples = dataset.split(name)
        except DatasetError as error:
            findings.append(DatasetFinding("error", str(error)))
            continue
        if not len(samples):
            findings.append(DatasetFinding("error", f"{name}: holds no images"))
        looks += _looks(samples, name, threads)
    findings += [DatasetFinding("error", look.problem) for look in looks if look.problem]
    readable = [look for look in looks if not look.problem]
    findings += check_images(readable)
    counts: dict[str, Counter[str]] = {name: Counter() for name in SPLITS}
    for look in readable:
        counts[look.split][look.defect or "good"] += 1
    return DatasetReport(
        counts,
        Counter((look.shape[1], look.shape[2]) for look in readable),
        _errors_first(findings),
        fingerprint_of((look.id, look.digest) for look in readable),
    )


def _errors_first(findings: Sequence[DatasetFinding]) -> tuple[DatasetFinding, ...]:
    """Sort by severity; a warning that an error repeats is left out."""
    errors = [finding for finding in dict.fromkeys(findings) if finding.severity == "error"]
    warnings = [finding for finding in dict.fromkeys(findings) if finding.severity == "warning"]
    fresh = [one for one in warnings if not any(one.sentence in error.sentence for error in errors)]
    return (*errors, *fresh)


def _looks(samples: Sequence[Sample], split: SplitName, threads: int) -> Iterator[Look]:
    """Look at all samples in order, holding no more than a few images at a time."""
    with ThreadPoolExecutor(threads, thread_name_prefix="adfw-doctor") as pool:
        indices = iter(range(len(samples)))
        while window := list(islice(indices, threads * 8)):
            yield from pool.map(lambda index: _look(samples, split, index), window)


def _look(samples: Sequence[Sample], split: SplitName, index: int) -> Look:
    try:
        sample = samples[index]
    except DatasetError as error:
        return Look(split, problem=str(error))
    mask = sample.mask
    return Look(
        split,
        sample.id,
        sample.label,
        sample.defect,
        tuple(sample.image.shape),
        not on_8_bit_grid(sample.image),
        content_digest(sample.image),
        None if mask is None else tuple(mask.shape),
        mask is not None and bool(mask.any()),
    )
