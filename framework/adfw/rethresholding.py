"""Another threshold for a trained detector, from its saved raw scores: no training, and no model is even loaded."""

from __future__ import annotations

import json
import shutil
import tempfile
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from adfw.catalog import Catalog
from adfw.errors import DetectorError, ThresholdNotIdentifiable
from adfw.manifest import NAME as MANIFEST
from adfw.manifest import verify_manifest, write_manifest
from adfw.registry.blobs import copy_package
from adfw.report.document import CutDocument
from adfw.run_folder import RunFolder
from adfw.scores import ScoreTable
from adfw.thresholds import cut_from_document, decide, evaluate_strategy
from adfw.thresholds.choosing import choose

if TYPE_CHECKING:
    from adfw.registry import Version
    from adfw.report.document import StrategyDocument
    from adfw.store_interface import Store
    from adfw.thresholds.choosing import Wanted
    from adfw.thresholds.costs import Costs

SCORES, THRESHOLD, LINEAGE, METRICS, CARD = "scores.csv", "threshold.json", "lineage.json", "metrics.json", "card.md"
GOLDEN = Path("golden") / "golden.json"


class Rethresholded(NamedTuple):
    """A detector with another threshold: where it lies, its version if it was published, and both cuts."""

    folder: Path
    version: Version | None
    parent: str
    before: CutDocument | None
    strategy: StrategyDocument


class _Source(NamedTuple):
    """The detector to start from; `name` is its model's in the registry, "" for a folder."""

    folder: Path
    digest: str
    scores: Path
    name: str


def rethreshold(  # noqa: PLR0913 - keywords with defaults
    detector: Path | str,
    strategy: Wanted,
    *,
    costs: Costs | None = None,
    protocol: str = "auto",
    seed: int = 0,
    scores: Path | None = None,
    out: Path | None = None,
    registry: Store | None = None,
    catalog: Catalog | None = None,
) -> Rethresholded:
    """Fit a strategy to a detector's saved raw scores and write a new detector that names its parent.

    `detector` is a run, a detector's folder or a reference to the registry; `scores` is a table to use instead of the
    saved one. A reference becomes the next version of its model, unless `out` names a new folder; a folder gets a
    neighbour. Raises DetectorError, RegistryError, InvalidScores, RecipeError or ThresholdNotIdentifiable.
    """
    catalog = Catalog.discover() if catalog is None else catalog
    source = _find(detector, scores, registry)
    [chosen] = choose([strategy], catalog, costs).strategies
    scorer = _scorer(source.folder, catalog)
    table = ScoreTable.read_csv(source.scores)
    found = evaluate_strategy(chosen, table, protocol=protocol, seed=seed, costs=costs, scorer=scorer)
    if found.cut is None:
        raise ThresholdNotIdentifiable(found.problem)
    before = _read(source.folder / THRESHOLD)["cut"]
    stated = None if costs is None else costs.model_dump(mode="json")
    with tempfile.TemporaryDirectory(prefix="adfw-") as place:
        made = Path(place) / "detector"
        made.mkdir()
        copy_package(source.folder, made)  # not copytree: a published package is read-only, and so would the copy be
        (made / MANIFEST).unlink()
        table.write_csv(made / SCORES)
        _change(made, found, {"parent": source.digest, "protocol": protocol, "seed": seed, "costs": stated})
        write_manifest(made)
        folder, version = _keep(made, source, out, registry)
    old = None if before is None else CutDocument.model_validate(before)
    return Rethresholded(folder, version, source.digest, old, found)


def _find(detector: Path | str, scores: Path | None, registry: Store | None) -> _Source:
    name = ""
    path = Path(detector)
    if isinstance(detector, str) and not path.is_dir():
        from adfw.registry.loading import package_of
        from adfw.registry.names import Reference

        path = package_of(detector, registry)
        name = "" if path == Path(detector) else Reference.parse(detector).name
    folder = RunFolder(path).detector if RunFolder(path).document.is_file() else path
    digest = verify_manifest(folder)
    beside = RunFolder(folder.parent)
    saved = [folder / SCORES, *([beside.scores] if beside.document.is_file() else [])]
    known = scores or next((table for table in saved if table.is_file()), None)
    if known is None:
        raise DetectorError(f"{folder}: holds no raw scores to fit a threshold to; name a table with --scores")
    return _Source(folder, digest, known, name)


def _scorer(folder: Path, catalog: Catalog) -> str:
    config = _read(folder / "score.json")["config"]
    label: str = catalog.find("scorer", config["name"]).config.model_validate(config).label()
    return label


def _change(folder: Path, found: StrategyDocument, how: dict[str, Any]) -> None:
    """Put the new threshold into a copy, and into whatever in it speaks of the old one."""
    assert found.cut is not None
    _write(folder / THRESHOLD, {"strategy": found.origin(), "cut": found.cut.model_dump(mode="json")})
    lineage = _read(folder / LINEAGE) if (folder / LINEAGE).is_file() else {}
    now = datetime.now(UTC).isoformat(timespec="seconds")
    step = {"what": "rethreshold", "when": now, "strategy": found.label, **how}
    _write(folder / LINEAGE, lineage | {"parents": [how["parent"]], "steps": [*lineage.get("steps", []), step]})
    if (folder / GOLDEN).is_file():
        _decide_golden(folder, found.cut)
    if (folder / METRICS).is_file():
        from adfw.registry.package import decisions

        metrics = _read(folder / METRICS)
        first = metrics["scorers"][0]
        first["strategies"] = [found.model_dump(mode="json"), *first["strategies"]]
        metrics["summary"] |= decisions(found)
        _write(folder / METRICS, metrics)
    if (folder / CARD).is_file():
        from adfw.registry.card import write_card

        write_card(folder)


def _decide_golden(folder: Path, cut: CutDocument) -> None:
    """Decide the golden images again; those too near the new cut to be decided alike everywhere are dropped."""
    golden = _read(folder / GOLDEN)
    kept = []
    for entry in golden["images"]:
        score, exact = float.fromhex(entry["exact"]), cut_from_document(cut)
        if abs(score - exact.value) <= 2 * entry["tolerance"]:
            (folder / GOLDEN.parent / entry["file"]).unlink()
        else:
            kept.append(entry | {"verdict": str(decide([score], exact)[0])})
    _write(folder / GOLDEN, golden | {"images": kept})


def _keep(made: Path, source: _Source, out: Path | None, registry: Store | None) -> tuple[Path, Version | None]:
    if source.name and out is None:
        from adfw.registry.opening import open_store, package_folder

        registry = open_store() if registry is None else registry
        version = registry.publish(made, source.name)
        return package_folder(registry, version), version
    target = _free(source.folder) if out is None else out
    if target.exists():
        raise DetectorError(f"{target}: already exists and is never overwritten; choose another --out")
    staged = target.with_name(f".{target.name}.tmp")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copytree(made, staged)
        staged.rename(target)
    except OSError as error:
        shutil.rmtree(staged, ignore_errors=True)
        raise DetectorError(f"{target}: cannot be written ({error.strerror}); choose another --out") from error
    return target, None


def _free(folder: Path) -> Path:
    numbers = range(2, 1_000_000)
    return next(path for number in numbers if not (path := folder.with_name(f"{folder.name}-{number:03d}")).exists())


def _read(path: Path) -> dict[str, Any]:
    try:
        value: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise DetectorError(f"{path}: cannot be read ({error})") from error
    return value


def _write(path: Path, value: object) -> None:
    path.write_text(json.dumps(value, indent=2, sort_keys=True, allow_nan=False) + "\n", encoding="utf-8")
