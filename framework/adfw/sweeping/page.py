"""A sweep as one page that needs nothing else."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from adfw import report
from adfw.report.page_data import to_json
from adfw.sweeping import tables
from adfw.sweeping.document import FIGURES

if TYPE_CHECKING:
    from adfw.sweeping.document import Row, Sweep

HERE = Path(__file__).parent
QUALITIES = ("auroc", "aupro_0.30", "f1")


def page(sweep: Sweep) -> str:
    """Return the whole page; texts that come from users are escaped."""
    from plotly.offline import get_plotlyjs  # slow, and only pages need it

    environment = Environment(
        loader=FileSystemLoader(HERE), autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    return environment.get_template("page.html.j2").render(
        sweep=sweep,
        title=sweep.verb.capitalize(),
        tables=tables,
        data=Markup(to_json(_data(sweep))),
        plotly=Markup(str(get_plotlyjs())),
        styles=Markup((Path(report.__file__).parent / "templates" / "report.css").read_text(encoding="utf-8")),
        script=Markup((HERE / "page.js").read_text(encoding="utf-8")),
    )


def _data(sweep: Sweep) -> dict[str, Any]:
    """Return the points of the plot: quality against latency, or against the time of fitting."""
    names = sweep.figure_names()
    cost = "latency_p50_ms" if "latency_p50_ms" in names else "fit_s"
    return {
        "qualities": [[name, FIGURES[name]] for name in QUALITIES if name in names],
        "cost": "latency, ms (median, one image)" if cost == "latency_p50_ms" else "time of fitting, s",
        "points": [_point(row, cost) for row in sweep.rows() if row.figures.get(cost)],
    }


def _point(row: Row, cost: str) -> dict[str, Any]:
    qualities = {name: row.figures[name] for name in QUALITIES if name in row.figures}
    return {
        "recipe": row.recipe,
        "category": row.category,
        "x": row.figures[cost].value,
        "y": {name: [figure.value, figure.low, figure.high] for name, figure in qualities.items()},
    }
