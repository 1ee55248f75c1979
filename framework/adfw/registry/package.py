"""Makes a package of a finished run: the detector with everything an audit asks of it, in one relocatable folder."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

from adfw.errors import DetectorError
from adfw.json_files import write_json
from adfw.manifest import read_manifest, verify_manifest, write_manifest
from adfw.recipe.writing import to_yaml
from adfw.registry.card import write_card
from adfw.registry.golden import FOLDER
from adfw.registry.lineage import lineage, portable
from adfw.registry.opening import open_store
from adfw.registry.store import SUMMARY
from adfw.run_folder import RunFolder

if TYPE_CHECKING:
    from collections.abc import Sequence

    from adfw.line import Run
    from adfw.registry.records import Version
    from adfw.report.document import RunDocument, StrategyDocument
    from adfw.store_interface import Store


def publish(run: Run, name: str | None = None, *, registry: Store | None = None) -> Version:
    """Publish a finished run's detector as the next version of a model, which is called like the run by default.

    Raises RegistryError where the registry cannot be written or the name is none, DetectorError for a damaged folder.
    """
    registry = open_store() if registry is None else registry
    with tempfile.TemporaryDirectory(prefix="adfw-") as place:
        package = Path(place) / "package"
        write_package(run, package)
        return registry.publish(package, run.document.name if name is None else name)


def write_package(run: Run, folder: Path, *, parents: Sequence[str] = ()) -> str:
    """Write the package of a finished run into a new folder and return its digest."""
    source = RunFolder(run.folder).detector
    verify_manifest(source)
    folder.mkdir(parents=True)
    for name in read_manifest(source)[0]:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(source / name, folder / name)
    golden = run.folder / FOLDER
    if golden.is_dir():
        shutil.copytree(golden, folder / FOLDER)
    document = run.document
    write_json(folder / SUMMARY, metrics(document))
    write_json(folder / "lineage.json", lineage(document, parents))
    recipe = "# What was run; absolute paths are cut to their last part\n" + to_yaml(portable(document.recipe))
    (folder / "recipe.resolved.yaml").write_text(recipe, encoding="utf-8")
    write_card(folder)
    return write_manifest(folder)


def metrics(document: RunDocument) -> dict[str, Any]:
    """Return what a run measured, with the few figures first that tell versions apart."""
    if not document.scorers:
        raise DetectorError(f"the run {document.name} has no scorer, so there is no detector to publish")
    first = document.scorers[0]
    strategy = first.strategies[0] if first.strategies else None
    return {
        "summary": {
            "dataset": document.recipe.get("dataset", {}).get("name"),
            "model": document.recipe.get("model", {}).get("name"),
            "scorer": first.label,
            "auroc": first.ranking["auroc"].model_dump(mode="json"),
            **decisions(strategy),
        },
        "scorers": [scorer.model_dump(mode="json") for scorer in document.scorers],
        "reconstruction": {name: figure.model_dump(mode="json") for name, figure in document.reconstruction.items()},
        "seconds": document.seconds,
    }


def decisions(strategy: StrategyDocument | None) -> dict[str, Any]:
    """Return what a strategy decided, for the summary of a version."""
    if strategy is None:
        return {}
    wanted = {"recall", "false_alarm_rate", "oracle_recall", "oracle_false_alarm_rate"}
    figures = {name: figure.model_dump(mode="json") for name, figure in strategy.figures.items() if name in wanted}
    cut = strategy.cut
    threshold = None if cut is None else cut.kind if cut.value is None else cut.value
    return {"strategy": strategy.label, "threshold": threshold, **figures}
