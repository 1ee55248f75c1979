"""What `adfw models` prints, as plain text: rich would take seconds for ten thousand versions."""

from __future__ import annotations

import os
import shutil
import sys
from typing import TYPE_CHECKING, Any

from adfw.errors import RegistryError
from adfw.json_files import read_json
from adfw.registry import ModelRecord, Version

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from pathlib import Path

    from adfw.registry import AliasChange
    from adfw.store_interface import Expected

UNBROKEN = 10_000
SHORT = 19
"""Characters of a digest that tell versions apart: "sha256:" and 12 digits."""
MODEL_ROW = ("model", "versions", "newest made", "AUROC", "scorer", "aliases")
VERSION_ROW = ("version", "made", "AUROC", "scorer", "strategy", "digest", "aliases")


def listing(records: Sequence[ModelRecord] | Sequence[Version]) -> str:
    """Return a line for each model, or for each version."""
    versions = [_version_row(record) for record in records if isinstance(record, Version)]
    models = [_model_row(record) for record in records if isinstance(record, ModelRecord)]
    return _table([VERSION_ROW, *versions] if versions else [MODEL_ROW, *models])


def _model_row(record: ModelRecord) -> tuple[str, ...]:
    aliases = ", ".join(f"{alias} = {number}" for alias, number in record.aliases.items())
    made = (record.created[:19], _auroc(record.summary), str(record.summary.get("scorer", "")))
    return (record.name, str(record.versions), *made, aliases)


def _version_row(record: Version) -> tuple[str, ...]:
    what = (str(record.summary.get("scorer", "")), str(record.summary.get("strategy", "")))
    notes = ", ".join([*record.aliases, *([f"yanked: {record.yanked}"] if record.yanked else [])])
    return (str(record), record.created[:19], _auroc(record.summary), *what, record.digest[:SHORT], notes)


def version(record: Version, folder: Path, history: Sequence[AliasChange]) -> str:
    """Return what is known of one version."""
    rows = [("version", str(record)), ("digest", record.digest), ("made", f"{record.created} by {record.author}")]
    rows += [("yanked", record.yanked)] if record.yanked else []
    rows += [("aliases", ", ".join(record.aliases) or "none"), ("size", f"{record.size / 1e6:.1f} MB")]
    rows += [(name, _brief(value)) for name, value in record.summary.items()]
    rows += [("package", str(folder))]
    lines = [_columns(rows)]
    if history:
        changes = [("alias", "from", "to", "when", "who", "why")]
        for change in history:
            before, after = (_number(number) for number in (change.before, change.after))
            why = f"{change.kind}: {change.why}" if change.why else change.kind
            changes.append((change.alias, before, after, change.when[:19], change.who, why))
        lines += ["", _table(changes)]
    return "\n".join(lines)


def comparison(packages: Sequence[tuple[Version, Path]]) -> str:
    """Return the figures of versions, a column each, with their 95 % intervals."""
    columns = [_figures(record, folder) for record, folder in packages]
    names = list(dict.fromkeys(name for column in columns for name in column))
    rows = [("", *(str(record) for record, _ in packages))]
    rows += [(name, *(column.get(name, "") for column in columns)) for name in names]
    return _table(rows)


def expected(text: str | None) -> Expected:
    """Read --expect: a version's number, "none" for no version, nothing for any; raises RegistryError."""
    if text is None:
        return "any"
    if text == "none":
        return None
    if not (text.isascii() and text.isdecimal()):
        raise RegistryError(f"--expect {text}: is no version number; allowed: a number, or none")
    return int(text)


def _figures(record: Version, folder: Path) -> dict[str, str]:
    path = folder / "metrics.json"
    if not path.is_file():
        raise RegistryError(f"{record}: its package holds no metrics to compare")
    first = read_json(path)["scorers"][0]
    strategy: Mapping[str, Any] = first["strategies"][0] if first["strategies"] else {"label": "none", "figures": {}}
    rows = {"scorer": first["label"], "strategy": strategy["label"], "protocol": strategy.get("protocol", "")}
    for figures in (first["ranking"], first["localisation"], strategy["figures"]):
        rows |= {name: _brief(figure) for name, figure in figures.items()}
    return rows


def _auroc(summary: Mapping[str, Any]) -> str:
    return _brief(summary["auroc"]) if "auroc" in summary else ""


def _brief(value: object) -> str:
    """Write a figure as value and interval, anything else as it is."""
    if not isinstance(value, dict):
        return f"{value:.6g}" if isinstance(value, float) else str(value)
    if value.get("value") is None:
        return "undefined"
    interval = "" if value.get("low") is None else f" ({value['low']:.3f} to {value['high']:.3f})"
    return f"{value['value']:.3f}{interval}"


def _number(number: int | None) -> str:
    return "-" if number is None else str(number)


def _table(rows: Sequence[tuple[str, ...]]) -> str:
    """Align rows under their heading, the first row; in a terminal too narrow for it each row becomes a few lines."""
    text = _columns(rows)
    if max(map(len, text.splitlines())) <= _room():
        return text
    heading, *rest = rows
    lines = []
    for title, *cells in rest:
        filled = [(f"  {name}", cell) for name, cell in zip(heading[1:], cells, strict=True) if cell]
        lines += [_printable(title), *([_columns(filled)] if filled else [])]
    return "\n".join(lines)


def _room() -> int:
    """Return the columns of the terminal; a pipe or a file has room for any line."""
    shown = sys.stdout.isatty() or "COLUMNS" in os.environ
    return shutil.get_terminal_size().columns if shown else UNBROKEN


def _columns(rows: Iterable[tuple[str, ...]]) -> str:
    """Align cells in columns two spaces apart; control characters become spaces."""
    clean = [row if "".join(row).isprintable() else tuple(map(_printable, row)) for row in rows]
    widths = [max(map(len, column)) for column in zip(*clean, strict=True)]
    line = "  ".join(f"{{:{width or ''}}}" for width in widths)
    return "\n".join([line.format(*row).rstrip() for row in clean])


def _printable(cell: str) -> str:
    return cell if cell.isprintable() else "".join(letter if letter.isprintable() else " " for letter in cell)
