"""Threshold strategies: this module and the configurations import no numpy; what they do is imported by `build`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from adfw import hookimpl
from adfw_plugins.thresholds.labelled import CostWeightedConfig, PrOptimalConfig
from adfw_plugins.thresholds.normal import PercentileConfig
from adfw_plugins.thresholds.stated import FixedConfig

if TYPE_CHECKING:
    from adfw import Component

__all__ = ["CostWeightedConfig", "FixedConfig", "PercentileConfig", "PrOptimalConfig"]


@hookimpl
def adfw_thresholds() -> list[type[Component[Any]]]:
    """Return the configurations of threshold strategies."""
    return [CostWeightedConfig, FixedConfig, PercentileConfig, PrOptimalConfig]
