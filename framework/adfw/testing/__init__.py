"""The conformance kit: whether a component, such as a scorer or a store, does what its contract says.

    report = check_plugin(MyScorerConfig())

runs without pytest; `parametrize_with_checks` makes pytest tests of the same checks. The strategies draw the kit's
examples for tests of your own. Needs hypothesis, which `pip install adfw[kit]` brings.
"""

from __future__ import annotations

from adfw.testing.check import Failure
from adfw.testing.kit import KIT_VERSION, check_plugin
from adfw.testing.pictures import anomaly_maps, evidence, image_pairs, images, masks
from adfw.testing.pytest_checks import parametrize_with_checks
from adfw.testing.report import Report, Result
from adfw.testing.schemas import recipes
from adfw.testing.tables import ScoredImages, scores_with_labels
from adfw.testing.tolerance import tolerance

__all__ = [
    "KIT_VERSION",
    "Failure",
    "Report",
    "Result",
    "ScoredImages",
    "anomaly_maps",
    "check_plugin",
    "evidence",
    "image_pairs",
    "images",
    "masks",
    "parametrize_with_checks",
    "recipes",
    "scores_with_labels",
    "tolerance",
]
