"""A shard: which images, which detector, and the table that is written once."""

from __future__ import annotations

import csv
import io
import json
from collections import Counter
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from adfw.detector_folder import read_detector
from adfw.errors import DetectorError
from adfw.manifest import read_manifest
from adfw.shards.pieces import read_piece, score_piece
from adfw.shards.places import exists, read_text, write_once
from adfw.thresholds import decide

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from adfw.detector import Detector
    from adfw.shards.pieces import ReadPiece, ScoredPiece

COLUMNS = ("path", "score", "threshold", "verdict", "margin", "detector", "fault")


@dataclass(frozen=True)
class Shard:
    """Some images of a large inspection, as data.

    `detector` is the detector's folder and `digest` its manifest's; `title` names it in the table; `out` is the table's
    place, a path or URL; `piece` images are scored together, the same ones whoever does it.
    """

    out: str
    images: tuple[str, ...]
    detector: str
    digest: str
    title: str
    device: str = "cpu"
    piece: int = 8

    @classmethod
    def of(cls, arguments: Mapping[str, Any]) -> Shard:
        """Return the shard that a task's arguments describe."""
        return cls(**{**arguments, "images": tuple(arguments["images"])})

    def arguments(self) -> dict[str, Any]:
        """Return the arguments of the task that inspects it."""
        return asdict(self) | {"images": list(self.images)}

    def pieces(self) -> list[tuple[str, ...]]:
        """Return the images in the groups in which they are scored."""
        return [self.images[start : start + self.piece] for start in range(0, len(self.images), self.piece)]

    def done(self) -> bool:
        """Tell whether the table is there."""
        return exists(self.out)

    def load(self, folder: Path | None = None) -> Detector:
        """Load the detector, from `folder` if it was carried there; raises DetectorError for another than was meant."""
        place = Path(self.detector) if folder is None else folder
        if read_manifest(place)[1] != self.digest:
            raise DetectorError(f"{place}: is no longer the detector the inspection began with; use a new --out")
        detector = read_detector(place, device=self.device)
        if detector.cut is None:
            raise DetectorError("this detector has no threshold; choose one with `adfw rethreshold`")
        return detector

    @staticmethod
    def read(images: Sequence[str], detector: Detector) -> ReadPiece:
        """Return (n, C, H, W) uint8 or uint16 samples of a piece's readable images, and each image's fault, or ""."""
        return read_piece(images, detector.preprocessing)

    @staticmethod
    def score(read: ReadPiece, detector: Detector) -> ScoredPiece:
        """Return (N,) float64 scores of a piece, NaN where an image is invalid, and a fault, or "", for each."""
        return score_piece(read, detector)

    def write(self, pieces: Sequence[ScoredPiece], detector: Detector) -> dict[str, int]:
        """Write the table, whole or not at all, and return how many images have which verdict."""
        rows = list(self._rows(pieces, detector))
        stream = io.StringIO()
        writer = csv.DictWriter(stream, COLUMNS, lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
        write_once(self.out, stream.getvalue())
        return dict(Counter(str(row["verdict"]) for row in rows))

    def _rows(self, pieces: Sequence[ScoredPiece], detector: Detector) -> Iterator[dict[str, object]]:
        cut = detector.cut
        assert cut is not None
        images = iter(self.images)
        for scores, faults in pieces:
            verdicts = decide(scores, cut)
            for score, fault, verdict in zip(scores.tolist(), faults, verdicts.tolist(), strict=True):
                known = verdict != "invalid"
                values = (score, cut.value, verdict, score - cut.value) if known else ("", cut.value, verdict, "")
                yield dict(zip(COLUMNS, (next(images), *values, self.title, fault), strict=True))

    def counts(self) -> dict[str, int]:
        """Return how many images of the written table have which verdict."""
        text = read_text(self.out) or ""
        return dict(Counter(row["verdict"] for row in csv.DictReader(io.StringIO(text))))


def to_json(value: object) -> str:
    """Write a small document."""
    return json.dumps(value, indent=2, sort_keys=True) + "\n"
