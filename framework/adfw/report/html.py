"""The report as one page that needs nothing else: no network, no server, no other file."""

from __future__ import annotations

from io import StringIO
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from adfw.report import words
from adfw.report.page_data import page_data, thumbnail_order, to_json
from adfw.report.page_pictures import THUMBNAILS, gallery_pictures, thumbnails

if TYPE_CHECKING:
    from collections.abc import Mapping

    from adfw.report.document import RunDocument, ScorerDocument
    from adfw.scores import ScoreTable

TEMPLATES = Path(__file__).parent / "templates"
SCRIPTS = ("decisions.js", "words.js", "charts.js", "histogram.js", "costs.js", "explorer.js", "gallery.js", "page.js")


def render(document: RunDocument, tables: Mapping[str, ScoreTable], folder: Path) -> str:
    """Return the page; `tables` holds each scorer's scores by its label, `folder` the pictures the document names.

    Texts that come from users are escaped. Pictures that are no longer there are left out.
    """
    data = page_data(document, tables)
    small = thumbnails(thumbnail_order(data), document.thumbnails, folder)
    pictures, side = gallery_pictures(document.gallery, folder)
    return (
        _environment()
        .get_template("report.html.j2")
        .render(
            run=document,
            gallery=list(zip(document.gallery, pictures, strict=True)),
            gallery_side=side,
            data=Markup(to_json(data)),
            thumbnails=Markup(to_json({str(data["ids"].index(identity)): uri for identity, uri in small.items()})),
            thumbnail_note=_thumbnail_note(len(small), len(data["ids"])),
            recipe_yaml=_yaml(document.recipe),
            defects=_defects(document),
            columns=_columns(document),
            rankings=_rankings(document),
            plotly=Markup(_plotly()),
            styles=Markup((TEMPLATES / "report.css").read_text(encoding="utf-8")),
            scripts=[Markup((TEMPLATES / name).read_text(encoding="utf-8")) for name in SCRIPTS],
        )
    )


COLUMNS = {
    "cost_per_1000": "Cost per 1,000 parts",
    "recall": "Recall",
    "precision": "Precision",
    "f1": "F1",
    "accuracy": "Accuracy",
}
RANKINGS = {
    "auroc": "Image AUROC",
    "average_precision": "Image average precision",
    "pixel_auroc": "Pixel AUROC",
    "pixel_average_precision": "Pixel average precision",
    "aupro_0.30": "AUPRO at 0.30",
    "aupro_0.05": "AUPRO at 0.05",
}


def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.globals["words"] = words
    environment.filters["breakable"] = words.breakable
    return environment


def _columns(document: RunDocument) -> dict[str, str]:
    """Return the figures that some strategy has: a run without stated costs has no column of costs."""
    figures = [strategy.figures for scorer in document.scorers for strategy in scorer.strategies]
    return {name: heading for name, heading in COLUMNS.items() if any(words.find(found, name) for found in figures)}


def _rankings(document: RunDocument) -> dict[str, str]:
    """Return the figures that some scorer has, in reading order, each with its heading."""
    found = [name for scorer in document.scorers for name in (*scorer.ranking, *scorer.localisation)]
    return {name: RANKINGS.get(name, name) for name in (*RANKINGS, *found) if name in found}


def _defects(document: RunDocument) -> dict[str, tuple[str, ...]]:
    """Return each scorer's defect types, by its label."""
    return {scorer.label: _types(scorer) for scorer in document.scorers}


def _types(scorer: ScorerDocument) -> tuple[str, ...]:
    return tuple(dict.fromkeys(name for strategy in scorer.strategies for name in strategy.recall_by_defect))


def _thumbnail_note(shown: int, images: int) -> str:
    if shown == images or not shown:
        return ""
    limit = f" (at most {THUMBNAILS})" if shown == THUMBNAILS else ""
    return f"This page holds small pictures of {shown} of the {images} test images{limit}: those hardest to judge."


def _yaml(recipe: Mapping[str, Any]) -> str:
    from ruamel.yaml import YAML  # slow, and only pages need it

    stream = StringIO()
    yaml = YAML(typ="safe", pure=True)
    yaml.default_flow_style = False
    yaml.sort_base_mapping_type_on_output = False  # type: ignore[assignment]
    yaml.dump(dict(recipe), stream)
    return stream.getvalue()


def _plotly() -> str:
    from plotly.offline import get_plotlyjs  # slow, and only pages need it

    return str(get_plotlyjs())
