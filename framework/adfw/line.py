"""The straight line from a recipe to a report and a detector; this file reads in the order in which things happen."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from adfw.assembly import Outcome, assemble_detector, assemble_document, evaluate_scorers
from adfw.catalog import Catalog
from adfw.compute import resolve
from adfw.detector_folder import read_detector, save_detector
from adfw.fitting import fit, make_context
from adfw.following import follow
from adfw.images.store import ImageStore
from adfw.journal import Journal
from adfw.recipe import Recipe, load_recipe
from adfw.report.document import RunDocument, read_document
from adfw.report.html import render
from adfw.run_folder import RunFolder, write_atomically
from adfw.scores import ScoreTable
from adfw.scoring import score_images
from adfw.synthetic.samples import pasted_defects
from adfw.training.peers import Peers

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from adfw.detector import Detector
    from adfw.interfaces import Sample, SplitName
    from adfw.scoring import ScoredSplit

SPLITS: tuple[SplitName, ...] = ("train", "calibration", "test")
STORE_BYTES = 512 * 1024**2
"""What each split's decoded images may take in memory; the rest is decoded again when needed."""


@dataclass(frozen=True, eq=False)
class Run:
    """A finished run: its folder and its report as a document."""

    folder: Path
    document: RunDocument

    @classmethod
    def load(cls, folder: Path | str) -> Run:
        """Read a finished run; raises RunError for a folder that holds none, or a damaged one."""
        return cls(Path(folder), read_document(RunFolder(Path(folder)).document))

    @property
    def table(self) -> ScoreTable:
        """The scores of the first scorer, which is the detector's."""
        return ScoreTable.read_csv(RunFolder(self.folder).scores)

    def tables(self) -> dict[str, ScoreTable]:
        """Return the score table of every scorer by its label."""
        return {scorer.label: ScoreTable.read_csv(self.folder / scorer.scores) for scorer in self.document.scorers}

    def detector(self) -> Detector:
        """Load the trained detector."""
        return read_detector(RunFolder(self.folder).detector)

    def html(self) -> str:
        """Return the report as one self-contained page."""
        return render(self.document, self.tables(), self.folder)

    def _repr_html_(self) -> str:
        from adfw.report.notebook import summary

        return summary(self.document)


def run(
    recipe: Recipe | Path | str | Mapping[str, Any],
    *,
    out: Path | str | None = None,
    resume: bool = False,
    journal: Journal | None = None,
    catalog: Catalog | None = None,
) -> Run:
    """Train, threshold, evaluate and report what a recipe names; `resume` goes on with an interrupted run.

    Raises RecipeError, DatasetError, TrainingError or RunError; what was written until then stays for `resume`.
    """
    catalog = Catalog.discover() if catalog is None else catalog
    journal = Journal() if journal is None else journal
    recipe = recipe if isinstance(recipe, Recipe) else load_recipe(recipe, catalog=catalog)
    compute, peers = resolve(recipe.compute), Peers.now()
    if peers.rank:
        return Run.load(follow(recipe, compute, STORE_BYTES, resume=resume))
    dataset = recipe.dataset.build()
    native = {name: dataset.split(name) for name in SPLITS}
    place = RunFolder.unfinished if resume else RunFolder.create
    folder = place(Path(out) if out else None, recipe.name, recipe.to_yaml())
    peers.tell(str(folder.path.absolute()))

    with folder.locked():
        parts = {name: ImageStore(samples, recipe.preprocessing, STORE_BYTES) for name, samples in native.items()}
        with journal.stage("fit"):
            model = recipe.model.build()
            context = make_context(recipe, compute, folder.checkpoint, journal, resume=resume)
            fit(model, parts["train"], context, folder.checkpoint, journal)

        scorers = [config.build() for config in recipe.scorers]
        with journal.stage("score"):
            unseen: dict[ScoredSplit, Sequence[Sample]] = {name: parts[name] for name in ("calibration", "test")}
            if (defects := recipe.drawn_defects()) is not None:
                unseen["synthetic"] = pasted_defects(parts["calibration"], defects, recipe.seed)
            scored = score_images(model, scorers, unseen, compute.device, journal)
            for index, table in enumerate(scored.tables()):
                table.write_csv(folder.scores_of(index))

        with journal.stage("evaluate"):
            findings = evaluate_scorers(recipe, scored, unseen, folder)
            detector = assemble_detector(recipe, model, scorers[0], findings[0].strategies[0], compute.device)
            folder.discard_detector()
            save_detector(detector, folder.detector, catalog, scored.tables()[0])

        with journal.stage("report"):
            document = assemble_document(
                Outcome(recipe, catalog, dataset, native, parts, detector, scored, findings, folder, journal)
            )
            finished = Run(folder.path, document)
            write_atomically(folder.html, finished.html())
            write_atomically(folder.document, document.model_dump_json(indent=2))
    peers.wait()
    return finished
