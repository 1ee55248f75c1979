"""Score tables as CSV: read column by column, in pieces, with every fault named by file and line."""

from __future__ import annotations

import csv
from itertools import islice
from typing import TYPE_CHECKING, NamedTuple, NoReturn

import numpy as np

from adfw.errors import InvalidScores

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    import numpy.typing as npt

    from adfw.scores import ScoreTable

REQUIRED = ("id", "label", "score")
DEFAULTS = {"split": "test", "defect": "", "group": ""}
PIECE = 100_000
"""Rows that are in memory as Python objects at a time."""


class Columns(NamedTuple):
    """The columns of a score table; `group` is None where the file has none."""

    id: npt.NDArray[np.str_]
    split: npt.NDArray[np.str_]
    label: npt.NDArray[np.int64]
    defect: npt.NDArray[np.str_]
    score: npt.NDArray[np.float64]
    group: npt.NDArray[np.str_] | None


def read_columns(path: Path) -> Columns:
    """Read the columns id, label and score, and split, defect and group where they are; others are ignored.

    An image that could not be scored has the score `nan`. Rows that say the same twice count once.
    Raises InvalidScores.
    """
    pieces: list[dict[str, npt.NDArray[np.generic]]] = []
    try:
        with path.open(encoding="utf-8-sig", newline="") as stream:
            rows = _rows(stream)
            header = [name.strip() for name in next(rows, [])]
            _check_header(path, header)
            start = 0
            while piece := list(islice(rows, PIECE)):
                pieces.append(_piece(path, header, piece, start))
                start += len(piece)
    except OSError as error:
        raise InvalidScores(f"{path}: cannot be read ({error.strerror}); give the path of a score table") from error
    except (UnicodeDecodeError, csv.Error) as error:
        raise InvalidScores(f"{path}: is no CSV in UTF-8 ({error}); save it as one") from error
    if not pieces:
        raise InvalidScores(f"{path}: holds no rows below its header; give one row for each image")
    return _once(path, {name: np.concatenate([part.pop(name) for part in pieces]) for name in list(pieces[0])})


def write_table(table: ScoreTable, path: Path) -> None:
    """Write every column as text that reads back bit by bit; a reader never sees half a file."""
    names = ["id", "split", "label", "defect", "score"] + (["group"] if table.group is not None else [])
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.tmp")
    with temporary.open("w", encoding="utf-8", newline="") as stream:
        stream.write(",".join(names) + "\n")
        for start in range(0, len(table), PIECE):
            # .tolist() makes Python floats, whose text is the shortest that reads back as the same number
            columns = [getattr(table, name)[start : start + PIECE].tolist() for name in names]
            # csv itself leaves a lone carriage return unquoted, and reads it as the end of a line
            risky = any("\r" in text for column in columns if isinstance(column[0], str) for text in column)
            quoted = csv.writer(stream, lineterminator="\n", quoting=csv.QUOTE_NONNUMERIC)
            plain = csv.writer(stream, lineterminator="\n")
            (quoted if risky else plain).writerows(zip(*columns, strict=True))
    temporary.replace(path)


def _rows(stream: Iterator[str]) -> Iterator[list[str]]:
    return (row for row in csv.reader(stream) if row)


def _check_header(path: Path, header: Sequence[str]) -> None:
    if not header:
        raise InvalidScores(f"{path}: is empty; its first line names the columns id, label and score")
    missing = [name for name in REQUIRED if name not in header]
    if missing:
        hint = "; separate columns by commas" if len(header) == 1 and any(c in header[0] for c in ";\t") else ""
        raise InvalidScores(f"{path}:1: lacks the column {missing[0]!r}; it has: {', '.join(header)}{hint}")
    known = [name for name in header if name in {*REQUIRED, *DEFAULTS}]
    if twice := sorted({name for name in known if known.count(name) > 1}):
        raise InvalidScores(f"{path}:1: has two columns {twice[0]!r}; keep one")


def _piece(path: Path, header: list[str], rows: list[list[str]], start: int) -> dict[str, npt.NDArray[np.generic]]:
    for row, cells in enumerate(rows):
        if len(cells) != len(header):
            _fail(path, start + row, f"has {len(cells)} cells, but {len(header)} columns are named")
    texts = dict(zip(header, zip(*rows, strict=True), strict=True))
    label = _labels(path, texts["label"], start)
    piece: dict[str, npt.NDArray[np.generic]] = {
        "id": np.array(texts["id"], dtype=np.str_),
        "key": np.fromiter(map(hash, texts["id"]), dtype=np.int64, count=len(rows)),
        "label": label,
        "score": _scores(path, texts["score"], start),
    }
    for row in np.flatnonzero(piece["id"] == "")[:1]:
        _fail(path, start + int(row), "id: is empty; name the image")
    for name, default in DEFAULTS.items():
        if name in texts:
            piece[name] = np.array(texts[name], dtype=np.str_)
        elif name != "group":
            piece[name] = np.full(len(rows), default)
    piece["defect"] = np.where((label == 0) & (piece["defect"] == "good"), "", piece["defect"])
    for row in np.flatnonzero((label == 0) & (piece["defect"] != ""))[:1]:
        _fail(
            path, start + int(row), f"defect: {piece['defect'][row]!s} on a normal image; leave it empty, or label it 1"
        )
    return piece


def _labels(path: Path, texts: Sequence[str], start: int) -> npt.NDArray[np.int64]:
    labels = [text.strip() for text in texts]
    if not {*labels} <= {"0", "1"}:
        row = next(row for row, text in enumerate(labels) if text not in {"0", "1"})
        _fail(path, start + row, f"label: {texts[row]!r}; allowed: 0 (normal), 1 (anomalous)")
    return np.array(labels, dtype=np.str_).astype(np.int64)


def _scores(path: Path, texts: Sequence[str], start: int) -> npt.NDArray[np.float64]:
    try:
        if "_" in " ".join(texts):  # float() takes 1_000 for a number; nobody else does
            raise ValueError
        return np.array(list(map(float, texts)), dtype=np.float64)
    except ValueError:
        row = next(row for row, text in enumerate(texts) if not _is_number(text))
        _fail(path, start + row, f"score: {texts[row]!r} is no number; write nan for an image that could not be scored")


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return "_" not in text


def _once(path: Path, columns: dict[str, npt.NDArray[np.generic]]) -> Columns:
    """Drop rows that repeat another; raises InvalidScores where two rows of one image disagree."""
    key = columns.pop("key")
    order = np.argsort(key, kind="stable")
    suspects = order[1:][key[order][1:] == key[order][:-1]]
    if len(suspects):
        columns = _without_repeats(path, columns, np.flatnonzero(np.isin(key, key[suspects])))
    return Columns(**columns, **({} if "group" in columns else {"group": None}))  # type: ignore[arg-type]


def _without_repeats(
    path: Path, columns: dict[str, npt.NDArray[np.generic]], suspects: npt.NDArray[np.intp]
) -> dict[str, npt.NDArray[np.generic]]:
    first: dict[tuple[str, str], int] = {}
    keep = np.ones(len(columns["id"]), dtype=bool)
    for row in suspects.tolist():
        earlier = first.setdefault((str(columns["id"][row]), str(columns["split"][row])), row)
        if earlier == row:
            continue
        keep[row] = False
        for name in ("label", "defect", "score"):
            if str(columns[name][row]) != str(columns[name][earlier]):
                _fail(
                    path,
                    row,
                    f"{name}: {columns['id'][row]!s} has {columns[name][row]!s} here, but "
                    f"{columns[name][earlier]!s} in line {_line_of(path, earlier)}; keep one",
                )
    return {name: column[keep] for name, column in columns.items()}


def _fail(path: Path, row: int, what: str) -> NoReturn:
    raise InvalidScores(f"{path}:{_line_of(path, row)}: {what}")


def _line_of(path: Path, row: int) -> int:
    """Return the line of a row below the header; rows can be blank, or span lines, so they are counted again."""
    with path.open(encoding="utf-8-sig", newline="") as stream:
        reader = csv.reader(stream)
        lines = (reader.line_num for cells in reader if cells)
        return next(islice(lines, row + 1, None))
