"""Threshold strategies: this module and the configurations import no numpy; what they do is imported by `build`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from adfw import Threshold, hookimpl
from adfw_plugins.thresholds.labelled import (
    CostWeightedConfig,
    PrecisionAtLeastConfig,
    PrOptimalConfig,
    RecallAtLeastConfig,
    RejectBandConfig,
    YoudenConfig,
)
from adfw_plugins.thresholds.normal import (
    ConformalConfig,
    FprAtMostConfig,
    PacConformalConfig,
    PercentileConfig,
    PotConfig,
    SigmaConfig,
)
from adfw_plugins.thresholds.stated import FixedConfig

if TYPE_CHECKING:
    from adfw import Component

__all__ = [
    "ConformalConfig",
    "CostWeightedConfig",
    "FixedConfig",
    "FprAtMostConfig",
    "PacConformalConfig",
    "PercentileConfig",
    "PotConfig",
    "PrOptimalConfig",
    "PrecisionAtLeastConfig",
    "RecallAtLeastConfig",
    "RejectBandConfig",
    "SigmaConfig",
    "YoudenConfig",
]


@hookimpl
def adfw_thresholds() -> list[type[Component[Threshold]]]:
    """Return the configurations of threshold strategies."""
    return [
        ConformalConfig,
        CostWeightedConfig,
        FixedConfig,
        FprAtMostConfig,
        PacConformalConfig,
        PercentileConfig,
        PotConfig,
        PrOptimalConfig,
        PrecisionAtLeastConfig,
        RecallAtLeastConfig,
        RejectBandConfig,
        SigmaConfig,
        YoudenConfig,
    ]
