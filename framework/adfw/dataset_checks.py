"""What would spoil a run, told from one look at each image of a dataset."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from adfw.interfaces import SplitName

Severity = Literal["error", "warning"]
_NAMED = 5  # how many images a sentence names before it counts the others


class DatasetFinding(NamedTuple):
    """What is wrong, in one sentence; an error stops a run or makes its figures false."""

    severity: Severity
    sentence: str


class Look(NamedTuple):
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


def check_images(looks: Sequence[Look]) -> list[DatasetFinding]:
    """Run every check on the readable images, in a fixed order."""
    return _Checks(looks).findings()


@dataclass(frozen=True)
class _Checks:
    """The checks on all readable images."""

    looks: Sequence[Look]
    found: list[DatasetFinding] = field(default_factory=list)

    def findings(self) -> list[DatasetFinding]:
        """Run every check, in a fixed order."""
        self._same_content()
        self._labels()
        self._masks()
        self._mixtures()
        return self.found

    def _say(self, severity: Severity, looks: Sequence[Look], sentence: str) -> None:
        if looks:
            self.found.append(DatasetFinding(severity, f"{_names(looks)}: {sentence}"))

    def _same_content(self) -> None:
        by_content: dict[str, list[Look]] = defaultdict(list)
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

    def _mixed(self, kinds: Mapping[Look, str], what: str) -> None:
        """Say which kinds of image there are, the rarest with names, where there is more than one."""
        counts = Counter(kinds.values()).most_common()
        if len(counts) > 1:
            rare = [look for look, kind in kinds.items() if kind == counts[-1][0]]
            shown = ", ".join(f"{count} of {kind}" for kind, count in counts[:_NAMED])
            self._say("warning", rare, f"mixed {what} ({shown})")


def _names(looks: Sequence[Look]) -> str:
    named = ", ".join(look.id for look in looks[:_NAMED])
    return named if len(looks) <= _NAMED else f"{named} and {len(looks) - _NAMED} more"
