"""`adfw drift REFERENCE SCORES`: does a stream of parts still look like the calibration images?"""

from __future__ import annotations

import json
import math
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

app = typer.Typer(add_completion=False, rich_markup_mode=None)
DRIFTED = 3
"""The exit code of --fail-on-drift where the process looks different."""


@app.command()
def drift(  # noqa: PLR0913, PLR0917 - options of a verb
    reference: Annotated[str, typer.Argument(help="A detector, or a .csv of scores whose normal ones are compared.")],
    scores: Annotated[
        Path, typer.Argument(help="Parts in their order: .csv of `adfw inspect`, or an audit log .jsonl.")
    ],
    threshold: Annotated[float | None, typer.Option(help="Rejects are at or above it; the detector's.")] = None,
    alpha: Annotated[float, typer.Option(help="The chance of an alarm although nothing changed, ever.")] = 0.01,
    usual_rejects: Annotated[float, typer.Option(help="The share of rejects that is no change.")] = 0.05,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
    fail_on_drift: Annotated[bool, typer.Option("--fail-on-drift", help="End with exit code 3 on an alarm.")] = False,
) -> None:
    """Say whether the scores of parts still look like the calibration's, and if not, from which part on."""
    from adfw.drift.files import read_stream
    from adfw.drift.monitor import find_drift

    known, cut = _reference(reference)
    limit = cut if threshold is None else threshold
    report = find_drift(known, read_stream(scores), threshold=limit, alpha=alpha, usual_rejects=usual_rejects)
    if as_json:
        print(json.dumps(asdict(report)))
    else:
        print(report.sentence)
        print(f"Evidence: {report.evidence:.3g} of the 1 that an alarm takes.")
        if report.ks is not None:
            figures = f"KS {report.ks:.3g} (p {report.ks_p:.2g}), PSI {report.psi:.3g}"
            print(f"The last passed parts against the calibration: {figures}.")
    if fail_on_drift and report.alarm:
        raise typer.Exit(DRIFTED)


def _reference(reference: str) -> tuple[list[float], float]:
    """Return calibration scores and the value from which on parts are not passed."""
    from adfw.scores import ScoreTable

    if reference.endswith(".csv"):
        table = ScoreTable.read_csv(reference)
        calibration = table.of_split("calibration")
        chosen = calibration if len(calibration) else table
        return chosen.score[chosen.label == 0].tolist(), math.inf
    from adfw.detector_folder import SCORES, read_detector
    from adfw.errors import DetectorError
    from adfw.registry.loading import package_of

    folder = package_of(reference)
    cut = read_detector(folder).cut
    if cut is None or not (folder / SCORES).is_file():
        raise DetectorError(f"{reference}: has no threshold or no calibration scores; name a .csv of scores instead")
    passed = cut.value if cut.review_from is None else cut.review_from
    return ScoreTable.read_csv(folder / SCORES).of_split("calibration").score.tolist(), passed
