"""The figures of a finished run, as a sweep compares them."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from adfw.errors import RunError
from adfw.evaluation.figure import Figure
from adfw.report.document import read_document
from adfw.run_folder import RunFolder
from adfw.sweeping.document import SweepRun
from adfw.sweeping.working import MEASURED

if TYPE_CHECKING:
    from pathlib import Path

    from adfw.report.document import StrategyDocument
    from adfw.sweeping.planning import Planned


def is_done(planned: Planned, out: Path, *, measured: bool) -> bool:
    """Tell whether a run needs nothing more; raises RunError where the folder holds another recipe's run."""
    folder = RunFolder(out / planned.folder)
    if not folder.document.is_file():
        return False
    if read_document(folder.document).recipe_digest != planned.digest:
        raise RunError(f"{folder.path}: holds a run of another recipe; choose another --out")
    return not measured or (folder.path / MEASURED).is_file()


def read_run(planned: Planned, out: Path, fault: str, *, measured: bool) -> SweepRun:
    """Return what became of a run."""
    about = SweepRun(
        recipe=planned.recipe.name,
        category=planned.category,
        seed=planned.recipe.seed,
        digest=planned.digest,
        folder=planned.folder,
        fault=fault,
    )
    if fault:
        return about
    try:
        return about.model_copy(update=_found(out / planned.folder, measured=measured))
    except (RunError, OSError, ValueError) as error:
        return about.model_copy(update={"fault": str(error)})


def _found(path: Path, *, measured: bool) -> dict[str, object]:
    document = read_document(RunFolder(path).document)
    first = document.scorers[0]
    strategy = first.strategies[0]
    figures = {
        "auroc": first.ranking["auroc"],
        "aupro_0.30": first.localisation.get("aupro_0.30", Figure.undefined("there are no masks to compare with")),
        "f1": _honest(strategy, "f1"),
        "fit_s": Figure(value=document.seconds["fit"]),
        "peak_memory_mb": Figure(value=document.peak_memory_mb),
    }
    if document.recipe.get("costs") is not None:
        figures["cost_per_1000"] = _honest(strategy, "cost_per_1000")
    if measured:
        values = json.loads((path / MEASURED).read_text(encoding="utf-8"))
        figures |= {name: Figure(value=value) for name, value in values.items()}
    return {"figures": figures, "protocol": strategy.protocol, "notice": document.notice}


def _honest(strategy: StrategyDocument, name: str) -> Figure:
    """Return a figure of the first strategy; one whose cut was chosen on the images that judge it has none."""
    if strategy.cut is None:
        return Figure.undefined(strategy.problem)
    return strategy.figures.get(name, Figure.undefined(f"the protocol {strategy.protocol} gives no honest figure"))
