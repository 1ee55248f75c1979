"""Puts the parts of a run together: what each scorer found, the detector, the report's document."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from adfw.detector import Detector
from adfw.evaluation import Figure, ranking, separation
from adfw.evaluation.average import average
from adfw.gallery import write_gallery, write_thumbnails
from adfw.images.content import contents, fingerprint
from adfw.provenance import hardware, peak_memory_mb, versions
from adfw.registry.golden import write_golden
from adfw.report.document import RunDocument, ScorerDocument
from adfw.scoring import latency_ms
from adfw.thresholds import cut_from_document, decide, evaluate_strategy
from adfw.thresholds.fallback import strategies_in

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import numpy.typing as npt

    from adfw.catalog import Catalog, Kind, Source
    from adfw.evaluation import PixelHistogram
    from adfw.images.store import ImageStore
    from adfw.interfaces import Dataset, Model, Sample, Scorer, SplitName
    from adfw.journal import Journal
    from adfw.recipe import Recipe
    from adfw.report.document import StrategyDocument
    from adfw.run_folder import RunFolder
    from adfw.scores import ScoreTable
    from adfw.scoring import Reconstruction, Scored, ScoredSplit


class Outcome(NamedTuple):
    """Everything a run has made before its report."""

    recipe: Recipe
    catalog: Catalog
    dataset: Dataset
    native: Mapping[SplitName, Sequence[Sample]]
    """The dataset's samples at their native resolution."""
    parts: Mapping[SplitName, ImageStore]
    """The same samples as the model sees them."""
    detector: Detector
    scored: Scored
    findings: tuple[ScorerDocument, ...]
    folder: RunFolder
    journal: Journal


def evaluate_scorers(
    recipe: Recipe, scored: Scored, parts: Mapping[ScoredSplit, Sequence[Sample]], folder: RunFolder
) -> tuple[ScorerDocument, ...]:
    """Measure every scorer on the test images, under every strategy of the recipe."""
    digests = np.array([digest for split in scored.splits for _, digest in contents(parts[split])])
    return tuple(
        _evaluate_scorer(recipe, index, (table, digests), scored.pixels[index], folder)
        for index, table in enumerate(scored.tables())
    )


def _evaluate_scorer(
    recipe: Recipe,
    index: int,
    scores: tuple[ScoreTable, npt.NDArray[np.str_]],
    pixels: PixelHistogram,
    folder: RunFolder,
) -> ScorerDocument:
    table, digests = scores
    config, test = recipe.scorers[index], table.of_split("test")
    valid = test.where(~np.isnan(test.score))
    ranks = ranking(valid.label, valid.score)
    return ScorerDocument(
        label=config.label(),
        config=config.model_dump(mode="json"),
        verdict=separation(ranks["auroc"], config.label()),
        scores=folder.scores_of(index).relative_to(folder.path).as_posix(),
        ranking=ranks,
        localisation=pixels.figures(),
        strategies=tuple(
            evaluate_strategy(
                strategy,
                table,
                protocol=recipe.protocol,
                seed=recipe.seed,
                costs=recipe.costs,
                scorer=config.label(),
                contents=digests,
            )
            for strategy in recipe.thresholds
        ),
    )


def assemble_detector(
    recipe: Recipe, model: Model, scorer: Scorer, strategy: StrategyDocument, device: str
) -> Detector:
    """Return the detector of the first scorer under the first strategy; without a cut where there is none."""
    cut = None if strategy.cut is None else cut_from_document(strategy.cut)
    return Detector(
        recipe.preprocessing, recipe.model, model, recipe.scorers[0], scorer, cut, strategy.origin(), device
    )


def assemble_document(made: Outcome) -> RunDocument:
    """Write the pictures of the report and the detector's golden images, and return the report's document."""
    recipe, detector = made.recipe, made.detector
    test = made.scored.tables()[0].of_split("test")
    samples = made.native["test"]
    if detector.cut is not None:
        write_golden(detector, samples, test, made.folder.golden)
    verdicts = np.full(len(test), "") if detector.cut is None else decide(test.score, detector.cut)
    seconds = dict(made.journal.seconds)
    latency = latency_ms(detector, samples)
    return RunDocument(
        name=recipe.name,
        created=datetime.now(UTC).isoformat(timespec="seconds"),
        recipe=recipe.model_dump(mode="json"),
        recipe_digest=recipe.digest(),
        notice=made.dataset.notice,
        licence=made.dataset.licence,
        versions=versions(_sources(recipe, made.catalog)),
        hardware=hardware(detector.device, recipe.compute.precision),
        counts=_counts(made),
        dataset_fingerprint=fingerprint(made.parts),
        history=tuple(made.journal.history),
        reconstruction=_reconstruction(made.scored.reconstruction),
        scorers=made.findings,
        gallery=write_gallery(detector, samples, test, verdicts, made.folder.path),
        thumbnails=write_thumbnails(samples, made.folder.path),
        seconds=seconds | {"latency_ms": latency},
        peak_memory_mb=peak_memory_mb(),
        sentences=tuple(made.journal.sentences),
    )


def _sources(recipe: Recipe, catalog: Catalog) -> list[Source]:
    named: list[tuple[Kind, str]] = [("dataset", recipe.dataset.name), ("model", recipe.model.name)]
    named += [("scorer", config.name) for config in recipe.scorers]
    named += [("threshold", config.name) for entry in recipe.thresholds for config in strategies_in(entry)]
    return [catalog.find(kind, name).source for kind, name in named]


def _counts(made: Outcome) -> dict[str, dict[str, int]]:
    counts = {"train": {"good": len(made.native["train"])}}
    table = made.scored.tables()[0]
    for split in made.scored.splits:
        counts[split] = dict(
            sorted(Counter(defect or "good" for defect in table.of_split(split).defect.tolist()).items())
        )
    return counts


def _reconstruction(measured: Reconstruction) -> dict[str, Figure]:
    if not measured.squared_error:
        return {}
    of = "normal test images"
    return {
        "normal_mse": average(measured.squared_error, of=of),
        "sharpness": average(measured.sharpness, of=of),
    }
