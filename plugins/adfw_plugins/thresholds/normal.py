"""Configurations of the strategies that need normal scores alone."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from adfw import Component, Threshold

Method = Literal[
    "inverted_cdf",
    "averaged_inverted_cdf",
    "closest_observation",
    "interpolated_inverted_cdf",
    "hazen",
    "weibull",
    "linear",
    "median_unbiased",
    "normal_unbiased",
    "lower",
    "higher",
    "midpoint",
    "nearest",
]


class PercentileConfig(Component[Threshold]):
    """A quantile of the normal scores; what lies above it is anomalous.

    Needs normal scores the model never saw. From few images its false-alarm rate is not 1 - q: of 50 images the 99th
    percentile by `linear` rejects 2.6 % of new normal parts on average; `weibull`, the default, keeps the rate where
    n >= 1 / (1 - q) - 1. Hyndman and Fan, The American Statistician 1996.
    """

    name: Literal["percentile"] = "percentile"
    q: float = Field(0.99, gt=0, lt=1, description="share of the normal scores at or below the cut")
    method: Method = Field("weibull", description="how to estimate the quantile, by numpy's names")

    def build(self) -> Threshold:
        """Make the strategy."""
        from adfw_plugins.thresholds.ranks import Percentile

        return Percentile(self.q, self.method)
