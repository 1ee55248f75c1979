"""Decisions, the protocols that fit thresholds, and the comparison of strategies; the strategies are plugins.

Names are imported when they are first used.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from adfw.thresholds.comparing import compare
    from adfw.thresholds.comparison import Comparison
    from adfw.thresholds.contracts import (
        Choice,
        PointThreshold,
        Quantile,
        RankThreshold,
        Remarks,
        check_scores,
        normal_scores,
    )
    from adfw.thresholds.costs import Costs
    from adfw.thresholds.decision import decide
    from adfw.thresholds.documents import cut_from_document, cut_to_document
    from adfw.thresholds.evaluate import evaluate_strategy, ship_cut
    from adfw.thresholds.points import OperatingPoints

_HOME = {
    "Choice": "contracts",
    "Comparison": "comparison",
    "Costs": "costs",
    "OperatingPoints": "points",
    "PointThreshold": "contracts",
    "Quantile": "contracts",
    "RankThreshold": "contracts",
    "Remarks": "contracts",
    "check_scores": "contracts",
    "compare": "comparing",
    "cut_from_document": "documents",
    "cut_to_document": "documents",
    "decide": "decision",
    "evaluate_strategy": "evaluate",
    "normal_scores": "contracts",
    "ship_cut": "evaluate",
}
__all__ = [
    "Choice",
    "Comparison",
    "Costs",
    "OperatingPoints",
    "PointThreshold",
    "Quantile",
    "RankThreshold",
    "Remarks",
    "check_scores",
    "compare",
    "cut_from_document",
    "cut_to_document",
    "decide",
    "evaluate_strategy",
    "normal_scores",
    "ship_cut",
]


def __getattr__(name: str) -> object:
    if name not in _HOME:
        raise AttributeError(f"module 'adfw.thresholds' has no attribute {name!r}")
    value = getattr(import_module(f"adfw.thresholds.{_HOME[name]}"), name)
    globals()[name] = value
    return value
