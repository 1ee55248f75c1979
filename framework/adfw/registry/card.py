"""The model card: what a detector is, what it was measured on, what its threshold promises, and where it ends."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from adfw.errors import DetectorError
from adfw.json_files import read_json
from adfw.registry.card_pages import Section, markdown, page
from adfw.report import words
from adfw.report.document import CutDocument, ScorerDocument

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from adfw.evaluation.figure import Figure
    from adfw.report.document import StrategyDocument

FILE = "card.md"
FILES = ("lineage.json", "metrics.json", "model.json", "preprocess.json")
HEADINGS = ("figure", "value", "95 % interval", "images")


def write_card(package: Path) -> None:
    """Write card.md of a package whose other files are complete."""
    (package / FILE).write_text(markdown(sections(package)), encoding="utf-8")


def card_text(package: Path, *, as_page: bool = False) -> str:
    """Return the card of a package as Markdown or as a page; raises DetectorError if files are missing."""
    missing = [name for name in FILES if not (package / name).is_file()]
    if missing:
        raise DetectorError(f"{package}: has no card, for there is no {missing[0]}")
    return page(sections(package)) if as_page else markdown(sections(package))


def sections(package: Path) -> list[Section]:
    """Read a package's files into the parts of its card; the first title is the card's."""
    lineage, metrics, model, preprocessing = (read_json(package / name) for name in FILES)
    scorers = [ScorerDocument.model_validate(scorer) for scorer in metrics["scorers"]]
    first, strategy = scorers[0], scorers[0].strategies[0] if scorers[0].strategies else None
    shape = ", ".join(f"{key} {value}" for key, value in preprocessing.items() if value is not None)
    return [
        Section(lineage["run"], _notice(lineage)),
        Section(
            "What it is",
            (
                f"The model {model['config']['name']} of {model['plugin']['distribution']} "
                f"{model['plugin']['version']} with the scorer {first.label}; images are brought to {shape}.",
                "A high score is indicative of an anomaly. An image is rejected if and only if its score is at least "
                "the threshold; an image that cannot be read or scored is invalid, never normal.",
            ),
        ),
        _data(lineage),
        Section("How well it ranks", (first.verdict,), _table(first.ranking | first.localisation)),
        _threshold(strategy),
        Section("Limits", tuple(_limits(lineage, first, strategy))),
        _origin(lineage),
    ]


def _notice(lineage: Mapping[str, Any]) -> tuple[str, ...]:
    notice = str(lineage["dataset_notice"])
    return (notice,) if notice else ()


def _data(lineage: Mapping[str, Any]) -> Section:
    rows = [("split", "images", "of which")]
    for split, counts in lineage["counts"].items():
        rows.append((split, str(sum(counts.values())), ", ".join(f"{name} {n}" for name, n in counts.items())))
    licence = lineage.get("dataset_licence") or "not stated by the dataset; ask whoever made the images"
    shown = {key: value for key, value in lineage["dataset"].items() if value is not None and key != "licence"}
    dataset = ", ".join(f"{key} {value}" for key, value in shown.items())
    sentences = (
        f"Dataset: {dataset}.",
        f"Fingerprint of all images: {lineage['dataset_fingerprint']}.",
        f"Licence of the data: {licence}.",
    )
    return Section("What it was made of", sentences, tuple(rows))


def _threshold(strategy: StrategyDocument | None) -> Section:
    if strategy is None or strategy.cut is None:
        reason = strategy.problem if strategy else "the recipe names no strategy"
        return Section("Its threshold", (f"It has none: {reason}.",))
    cut: CutDocument = strategy.cut
    sentences = [
        f"{words.cut_text(cut)} by the strategy {strategy.label}, fitted on {words.PROTOCOLS[strategy.protocol]} "
        f"({cut.n_normal} normal and {cut.n_anomalous} anomalous scores).",
        f"What it promises: {cut.promise or 'nothing'}.",
        f"Leakage {strategy.leakage}: {words.LEAKAGE[strategy.leakage]}.",
        f"Validity {strategy.validity}: {words.VALIDITY[strategy.validity]}.",
        *cut.warnings,
    ]
    recalls = {f"recall of {name}": figure for name, figure in strategy.recall_by_defect.items()}
    return Section("Its threshold", tuple(sentences), _table(strategy.figures | recalls))


def _limits(lineage: Mapping[str, Any], first: ScorerDocument, strategy: StrategyDocument | None) -> Iterable[str]:
    test = lineage["counts"].get("test", {})
    normal, total = test.get("good", 0), sum(test.values())
    yield (
        f"Measured on {normal} normal and {total - normal} anomalous test images of one dataset; the intervals say "
        "what so few images leave open, and nothing about other parts, cameras or lighting."
    )
    if words.standing(first) != "separates":
        yield f"Do not decide by it: {first.verdict}"
    licence = str(lineage.get("dataset_licence", ""))
    if "NC" in re.split(r"[^A-Za-z]+", licence):
        yield f"The licence of its data ({licence}) allows no commercial use; ask whoever owns the images before any."
    if strategy is not None and strategy.leakage in {"in_sample", "partial"}:
        yield "Its threshold has seen test images; expect worse figures on new ones."
    defects = ", ".join(name for name in test if name != "good")
    yield f"Defects of other types than those tested ({defects or 'none'}) were never measured."


def _origin(lineage: Mapping[str, Any]) -> Section:
    git = lineage["git"]
    commit = "none" if git is None else git["commit"] + (" with uncommitted changes" if git["dirty"] else "")
    rows = [("what", "value"), ("made", lineage["created"]), ("seed", str(lineage["seed"]))]
    rows += [("recipe digest", lineage["recipe_digest"]), ("git commit", commit)]
    rows += [(f"version of {name}", version) for name, version in lineage["versions"].items()]
    rows += list(lineage["hardware"].items())
    return Section("Where it comes from", (), tuple(rows))


def _table(figures: Mapping[str, Figure]) -> tuple[tuple[str, ...], ...]:
    rows = [HEADINGS]
    for name, figure in figures.items():
        unit = "share" if name.startswith("recall of ") else words.unit_of(name)
        value = f"undefined: {figure.reason}" if figure.value is None else words.figure_text(figure, unit)
        rows.append((name, value, words.interval_text(figure, unit), words.count_text(figure)))
    return tuple(rows)
