"""VisA's layout: split_csv/1cls.csv names images and masks by their paths below the root."""

from __future__ import annotations

import csv
from hashlib import sha256
from typing import TYPE_CHECKING, NamedTuple

from adfw import Dataset, DatasetError, LazySamples, read_sample

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from adfw import Sample, SplitName
    from adfw_visa import VisaConfig

COLUMNS = {"object", "split", "label", "image", "mask"}
UNTYPED = "anomaly"


class Row(NamedTuple):
    """One image of the CSV; `defect` is "" for normal."""

    id: str
    path: Path
    split: str
    defect: str
    mask: Path | None


class Visa(Dataset):
    """The images of one object."""

    def __init__(self, config: VisaConfig) -> None:
        self.table = config.root / "split_csv" / config.split_csv
        rows = read_rows(self.table, config.root, config.object)
        train = sorted((row for row in rows if row.split == "train"), key=hashed)
        strays = [row for row in train if row.defect]
        if strays:
            raise DatasetError(f"{self.table}: {strays[0].id} is an anomaly to train on; take a split for one class")
        if len(train) < 2:
            raise DatasetError(f"{self.table}: {config.object} has {len(train)} training image(s); it takes at least 2")
        held = min(max(1, round(config.calibration * len(train))), len(train) - 1)
        self.parts: dict[SplitName, list[Row]] = {
            "train": sorted(train[held:]),
            "calibration": sorted(train[:held]),
            "test": sorted(row for row in rows if row.split == "test"),
        }

    def split(self, name: SplitName) -> Sequence[Sample]:
        """Return one part; raises DatasetError where the CSV has none."""
        if not self.parts[name]:
            raise DatasetError(f"{self.table}: no image is marked as {name}")
        return LazySamples(self.parts[name], read)

    def findings(self) -> Sequence[str]:
        """Name the files that the CSV promises and that are not there."""
        files = [path for part in self.parts.values() for row in part for path in (row.path, row.mask) if path]
        return [f"{path}: named by {self.table.name}, but not there" for path in files if not path.is_file()]


def read(row: Row) -> Sample:
    """Decode one image and its mask."""
    return read_sample(row.path, id=row.id, defect=row.defect, mask=row.mask)


def read_rows(table: Path, root: Path, wanted: str) -> list[Row]:
    """Return the rows of one object; raises DatasetError for a CSV of another kind and an unknown object."""
    rows = read_csv(table, COLUMNS)
    objects = sorted({row["object"] for row in rows})
    if wanted not in objects:
        raise DatasetError(f"{table}: there is no object {wanted!r}; allowed: {', '.join(objects)}")
    types = read_types(root / wanted / "image_anno.csv")
    found = []
    for row in rows:
        if row["object"] == wanted:
            normal, mask = row["label"] == "normal", root / row["mask"] if row["mask"] else None
            defect = "" if normal else types.get(row["image"], UNTYPED)
            found.append(Row(row["image"], root / row["image"], row["split"], defect, None if normal else mask))
    return found


def read_types(table: Path) -> dict[str, str]:
    """Return the types of defects by image, as far as the object's own table tells them."""
    if not table.is_file():
        return {}
    rows = read_csv(table, {"image", "label"})
    return {row["image"]: row["label"].replace(" ", "_") for row in rows if row["label"] != "normal"}


def read_csv(table: Path, columns: set[str]) -> list[dict[str, str]]:
    """Return the rows; raises DatasetError where there is no such file, or it has other columns."""
    try:
        with table.open(encoding="utf-8-sig", newline="") as file:
            rows = list(csv.DictReader(file, restval=""))
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise DatasetError(f"{table}: not readable ({error}); set dataset.root to the folder of split_csv") from error
    missing = columns - set(rows[0] if rows else ())
    if missing:
        raise DatasetError(f"{table}: no column {', '.join(sorted(missing))}; expected {', '.join(sorted(columns))}")
    return rows


def hashed(row: Row) -> bytes:
    """Return what orders the images: the same on every machine."""
    return sha256(row.id.encode()).digest()
