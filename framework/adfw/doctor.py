"""Looks a dataset over before a run: what it holds, what cannot be read, what would spoil the figures."""

from __future__ import annotations

from collections import Counter, defaultdict
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from itertools import islice
from typing import TYPE_CHECKING, Literal, NamedTuple, get_args

from adfw.errors import DatasetError
from adfw.images.content import content_digest, fingerprint_of
from adfw.images.preprocessing import on_8_bit_grid
from adfw.interfaces import SplitName

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from adfw.interfaces import Dataset, Sample

Severity = Literal["error", "warning"]
SPLITS: tuple[SplitName, ...] = get_args(SplitName)
_NAMED = 5  # how many images a sentence names before it counts the others


class DatasetFinding(NamedTuple):
    """What is wrong, in one sentence; an error stops a run or makes its figures false."""

    severity: Severity
    sentence: str


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


class _Look(NamedTuple):
    """What is kept of one image: a few hundred bytes, or why it is not readable."""

    split: SplitName
    id: str = ""
    label: int = 0
    defect: str = ""
    shape: tuple[int, ...] = ()
    deep: bool = False
    digest: str = ""
    mask: tuple[int, ...] | None = None
    marked: bool = False
    problem: str = ""


def look_over(dataset: Dataset, *, threads: int = 2) -> DatasetReport:
    """Read every image of a dataset once, a few at a time, and say what it holds and what is wrong."""
    findings = [DatasetFinding("warning", sentence) for sentence in dataset.findings()]
    looks: list[_Look] = []
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
    findings += _Checks(readable).findings()
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


def _looks(samples: Sequence[Sample], split: SplitName, threads: int) -> Iterator[_Look]:
    """Look at all samples in order, holding no more than a few images at a time."""
    with ThreadPoolExecutor(threads, thread_name_prefix="adfw-doctor") as pool:
        indices = iter(range(len(samples)))
        while window := list(islice(indices, threads * 8)):
            yield from pool.map(lambda index: _look(samples, split, index), window)


def _look(samples: Sequence[Sample], split: SplitName, index: int) -> _Look:
    try:
        sample = samples[index]
    except DatasetError as error:
        return _Look(split, problem=str(error))
    mask = sample.mask
    return _Look(
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


@dataclass(frozen=True)
class _Checks:
    """The checks on all readable images."""

    looks: Sequence[_Look]
    found: list[DatasetFinding] = field(default_factory=list)

    def findings(self) -> list[DatasetFinding]:
        """Run every check, in a fixed order."""
        self._same_content()
        self._labels()
        self._masks()
        self._mixtures()
        return self.found

    def _say(self, severity: Severity, looks: Sequence[_Look], sentence: str) -> None:
        if looks:
            self.found.append(DatasetFinding(severity, f"{_names(looks)}: {sentence}"))

    def _same_content(self) -> None:
        by_content: dict[str, list[_Look]] = defaultdict(list)
        for look in self.looks:
            by_content[look.digest].append(look)
        for same in (looks for looks in by_content.values() if len(looks) > 1):
            if len({look.label for look in same}) > 1:
                self._say("error", same, "the same picture, labelled normal and anomalous; keep one")
            elif len({look.split for look in same}) > 1:
                splits = " and ".join(sorted({look.split for look in same}))
                self._say("error", same, f"the same picture in {splits}, which makes figures too good; keep one")
            else:
                self._say("warning", same, f"the same picture more than once in {same[0].split}")
        ids = Counter(look.id for look in self.looks)
        self._say("error", [look for look in self.looks if ids[look.id] > 1], "ids that are not unique")

    def _labels(self) -> None:
        defective = [look for look in self.looks if look.label == 1 and look.split != "test"]
        self._say("error", defective, "anomalous images in train or calibration, which hold normal ones only")
        tested = {look.label for look in self.looks if look.split == "test"}
        if len(tested) == 1:
            only, other = ("normal", "anomalous") if tested == {0} else ("anomalous", "normal")
            sentence = f"test: holds {only} images only; add {other} ones, or most figures stay undefined"
            self.found.append(DatasetFinding("warning", sentence))

    def _masks(self) -> None:
        masked = [look for look in self.looks if look.mask is not None]
        self._say("error", [k for k in masked if k.mask != k.shape[1:]], "masks of another size than their images")
        self._say("error", [k for k in masked if k.marked and not k.label], "normal images with a defect in their mask")
        self._say("warning", [k for k in masked if k.label and not k.marked], "anomalous images with an empty mask")
        without = [look for look in self.looks if look.label and look.mask is None]
        self._say("warning", without, "anomalous images without a mask; they are left out of pixel metrics")

    def _mixtures(self) -> None:
        self._mixed({k: f"{k.shape[2]} x {k.shape[1]} pixels" for k in self.looks}, "sizes; all are stretched to one")
        self._mixed({k: "16-bit" if k.deep else "8-bit" for k in self.looks}, "bit depths")
        self._mixed({k: "grey" if k.shape[0] == 1 else "colour" for k in self.looks}, "grey and colour images")

    def _mixed(self, kinds: Mapping[_Look, str], what: str) -> None:
        """Say which kinds of image there are, the rarest with names, where there is more than one."""
        counts = Counter(kinds.values()).most_common()
        if len(counts) > 1:
            rare = [look for look, kind in kinds.items() if kind == counts[-1][0]]
            shown = ", ".join(f"{count} of {kind}" for kind, count in counts[:_NAMED])
            self._say("warning", rare, f"mixed {what} ({shown})")


def _names(looks: Sequence[_Look]) -> str:
    named = ", ".join(look.id for look in looks[:_NAMED])
    return named if len(looks) <= _NAMED else f"{named} and {len(looks) - _NAMED} more"
