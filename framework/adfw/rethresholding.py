"""Another threshold for a trained detector, from its saved raw scores: no training, and no model is even loaded."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from adfw.catalog import Catalog
from adfw.deriving import Origin, add_step, find_origin, put_in_place
from adfw.errors import DetectorError, ThresholdNotIdentifiable
from adfw.json_files import read_json, write_json
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

SCORES, THRESHOLD, METRICS, CARD = "scores.csv", "threshold.json", "metrics.json", "card.md"
GOLDEN = Path("golden") / "golden.json"


class Rethresholded(NamedTuple):
    """A detector with another threshold: where it lies, its version if it was published, and both cuts."""

    folder: Path
    version: Version | None
    parent: str
    before: CutDocument | None
    strategy: StrategyDocument


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
    source = find_origin(detector, registry)
    digest = verify_manifest(source.folder)
    [chosen] = choose([strategy], catalog, costs).strategies
    scorer = _scorer(source.folder, catalog)
    table = ScoreTable.read_csv(scores or _saved_scores(source.folder))
    found = evaluate_strategy(chosen, table, protocol=protocol, seed=seed, costs=costs, scorer=scorer)
    if found.cut is None:
        raise ThresholdNotIdentifiable(found.problem)
    before = read_json(source.folder / THRESHOLD)["cut"]
    stated = None if costs is None else costs.model_dump(mode="json")
    with tempfile.TemporaryDirectory(prefix="adfw-") as place:
        made = Path(place) / "detector"
        made.mkdir()
        copy_package(source.folder, made)  # not copytree: a published package is read-only, and so would the copy be
        (made / MANIFEST).unlink()
        table.write_csv(made / SCORES)
        _change(made, found, digest, {"protocol": protocol, "seed": seed, "costs": stated})
        write_manifest(made)
        folder, version = _keep(made, source, out, registry)
    old = None if before is None else CutDocument.model_validate(before)
    return Rethresholded(folder, version, digest, old, found)


def _saved_scores(folder: Path) -> Path:
    beside = RunFolder(folder.parent)
    saved = [folder / SCORES, *([beside.scores] if beside.document.is_file() else [])]
    known = next((table for table in saved if table.is_file()), None)
    if known is None:
        raise DetectorError(f"{folder}: holds no raw scores to fit a threshold to; name a table with --scores")
    return known


def _scorer(folder: Path, catalog: Catalog) -> str:
    config = read_json(folder / "score.json")["config"]
    label: str = catalog.find("scorer", config["name"]).config.model_validate(config).label()
    return label


def _change(folder: Path, found: StrategyDocument, parent: str, how: dict[str, Any]) -> None:
    """Put the new threshold into a copy, and into whatever in it speaks of the old one."""
    assert found.cut is not None
    write_json(folder / THRESHOLD, {"strategy": found.origin(), "cut": found.cut.model_dump(mode="json")})
    add_step(folder, "rethreshold", parent, {"strategy": found.label, **how})
    if (folder / GOLDEN).is_file():
        _decide_golden(folder, found.cut)
    if (folder / METRICS).is_file():
        from adfw.registry.package import decisions

        metrics = read_json(folder / METRICS)
        first = metrics["scorers"][0]
        first["strategies"] = [found.model_dump(mode="json"), *first["strategies"]]
        metrics["summary"] |= decisions(found)
        write_json(folder / METRICS, metrics)
    if (folder / CARD).is_file():
        from adfw.registry.card import write_card

        write_card(folder)


def _decide_golden(folder: Path, cut: CutDocument) -> None:
    """Decide the golden images again; those too near the new cut to be decided alike everywhere are dropped."""
    golden = read_json(folder / GOLDEN)
    kept = []
    for entry in golden["images"]:
        score, exact = float.fromhex(entry["exact"]), cut_from_document(cut)
        if abs(score - exact.value) <= 2 * entry["tolerance"]:
            (folder / GOLDEN.parent / entry["file"]).unlink()
        else:
            kept.append(entry | {"verdict": str(decide([score], exact)[0])})
    write_json(folder / GOLDEN, golden | {"images": kept})


def _keep(made: Path, source: Origin, out: Path | None, registry: Store | None) -> tuple[Path, Version | None]:
    if source.name and out is None:
        from adfw.registry.opening import open_store, package_folder

        registry = open_store() if registry is None else registry
        version = registry.publish(made, source.name)
        return package_folder(registry, version), version
    target = _free(source.folder) if out is None else out
    put_in_place(made, target)
    return target, None


def _free(folder: Path) -> Path:
    numbers = range(2, 1_000_000)
    return next(path for number in numbers if not (path := folder.with_name(f"{folder.name}-{number:03d}")).exists())
