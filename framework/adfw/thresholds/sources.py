"""What can be compared: score tables of any tool, and runs with all their scorers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from pydantic import ValidationError

from adfw.errors import RunError
from adfw.report.document import RunDocument
from adfw.run_folder import RunFolder
from adfw.scores import ScoreTable
from adfw.thresholds.comparison import ComparedRun
from adfw.thresholds.costs import Costs
from adfw.thresholds.fallback import entry_of
from adfw.thresholds.words import figure_text

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from adfw.catalog import Catalog
    from adfw.component import Component
    from adfw.evaluation.figure import Figure
    from adfw.interfaces import Threshold

ALL = "all"


class Named(NamedTuple):
    """A score table with its name, and the label of the scorer that made it where that is known."""

    name: str
    table: ScoreTable
    scorer: str | None = None


class Opened(NamedTuple):
    """What lies at some paths: tables, runs, and what the runs' recipes say of costs and strategies."""

    tables: list[Named]
    runs: tuple[ComparedRun, ...] = ()
    costs: Costs | None = None
    strategies: tuple[Mapping[str, Any], ...] = ()
    sentences: tuple[str, ...] = ()


def open_sources(paths: Sequence[Path], scorer: str | None = None) -> Opened:
    """Read score tables (CSV) and run folders.

    Of a single source every scorer is taken, of several the detector's, unless `scorer` names one, or all. Raises
    InvalidScores or RunError.
    """
    documents = {path: _document(path) for path in paths if path.is_dir()}
    wanted = scorer or (ALL if len(paths) == 1 else None)
    names = _names(paths, documents)
    tables = []
    for path in paths:
        if path in documents:
            tables += list(_tables(path, names[path], documents[path], wanted))
        else:
            tables.append(Named(names[path], ScoreTable.read_csv(path)))
    runs = tuple(_run(names[path], path, documents) for path in documents) if len(documents) > 1 else ()
    recipes = [document.recipe for document in documents.values()]
    costs = [recipe["costs"] for recipe in recipes if recipe.get("costs")]
    strategies = {str(config): config for recipe in recipes for config in recipe.get("thresholds", ())}
    return Opened(
        tables,
        runs,
        Costs(**costs[0]) if costs and all(other == costs[0] for other in costs) else None,
        tuple(strategies.values()),
        tuple(_sentences(runs)),
    )


def recorded(strategies: Sequence[Mapping[str, Any]], catalog: Catalog) -> list[Component[Threshold]]:
    """Return the strategies of a recipe as they were run."""
    return [entry_of(one, catalog) for one in strategies]


def _document(path: Path) -> RunDocument:
    report = RunFolder(path).document
    try:
        return RunDocument.model_validate_json(report.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise RunError(f"{path}: holds no finished run (there is no {report.name}); name a run or a CSV") from None
    except (OSError, ValidationError) as error:
        raise RunError(f"{report}: is no report of this version of adfw; make it again with `adfw run`") from error


def _names(paths: Sequence[Path], documents: Mapping[Path, RunDocument]) -> dict[Path, str]:
    """Name sources by their file or folder, or by their whole path where two would be called alike."""
    short = {path: path.resolve().name if path in documents else path.stem for path in paths}
    alike = {name for name in short.values() if list(short.values()).count(name) > 1}
    return {path: str(path) if name in alike else name for path, name in short.items()}


def _tables(path: Path, name: str, document: RunDocument, wanted: str | None) -> Iterator[Named]:
    labels = [scorer.label for scorer in document.scorers]
    chosen = labels if wanted == ALL else labels[:1] if wanted is None else [wanted]
    if unknown := [label for label in chosen if label not in labels]:
        raise RunError(f"{path}: has no scorer {unknown[0]!r}; allowed: {', '.join([*labels, ALL])}")
    for scorer in document.scorers:
        if scorer.label in chosen:
            yield Named(f"{name}, {scorer.label}", ScoreTable.read_csv(path / scorer.scores), scorer.label)


def _run(name: str, path: Path, documents: Mapping[Path, RunDocument]) -> ComparedRun:
    recipes = {other: _flat(document.recipe) for other, document in documents.items()}
    keys = {key: None for recipe in recipes.values() for key in recipe if key != "name"}
    differing = [key for key in keys if len({str(recipe.get(key)) for recipe in recipes.values()}) > 1]
    document = documents[path]
    return ComparedRun(
        name=name,
        notice=document.notice,
        differs={key: recipes[path].get(key) for key in differing},
        reconstruction=document.reconstruction,
        scorers={scorer.label: scorer.ranking | scorer.localisation for scorer in document.scorers},
    )


def _flat(value: Mapping[str, Any], prefix: str = "") -> dict[str, Any]:
    flat: dict[str, Any] = {}
    for key, inner in value.items():
        flat |= _flat(inner, f"{prefix}{key}.") if isinstance(inner, dict) else {f"{prefix}{key}": inner}
    return flat


def _sentences(runs: Sequence[ComparedRun]) -> Iterator[str]:
    if len(runs) != 2:
        return
    first, second = runs
    for name in sorted(first.reconstruction.keys() & second.reconstruction.keys()):
        a, b = first.reconstruction[name], second.reconstruction[name]
        if a.value is not None and b.value is not None:
            higher = first.name if a.value > b.value else second.name
            told = (
                "their intervals overlap" if _overlap(a, b) else f"it is higher for {higher}, and they do not overlap"
            )
            yield (
                f"{name} is {' '.join(figure_text(a))} for {first.name} and {' '.join(figure_text(b))} for "
                f"{second.name}: {told}."
            )


def _overlap(a: Figure, b: Figure) -> bool:
    ends = (a.low, a.high, b.low, b.high)
    if None in ends:
        return True
    low_a, high_a, low_b, high_b = (end for end in ends if end is not None)
    return low_a <= high_b and low_b <= high_a
