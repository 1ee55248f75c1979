"""Configurations of the strategies that need normal scores alone."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal, Self

from pydantic import Field

from adfw import Component, Threshold

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

Level = Annotated[float, Field(gt=0, lt=1)]
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

    Needs normal scores the model never saw. Promises, on average over calibration sets, the rate of the rank below;
    from few images that is not 1 - q: of 50 images the 99th percentile by `linear` rejects 2.6 % of new normal parts.
    `weibull`, the default, keeps the rate where n >= 1 / (1 - q) - 1. Hyndman and Fan, The American Statistician 1996.
    """

    name: Literal["percentile"] = "percentile"
    q: Level = Field(0.99, description="share of the normal scores at or below the cut")
    method: Method = Field("weibull", description="how to estimate the quantile, by numpy's names")

    def build(self) -> Threshold:
        """Make the strategy."""
        from adfw_plugins.thresholds.ranks import Percentile

        return Percentile(self.q, self.method)


class ConformalConfig(Component[Threshold]):
    """The split-conformal cut: a new normal part is flagged with probability at most alpha.

    Needs normal scores the model never saw. The promise holds on average over calibration sets, for exchangeable
    parts; given one calibration set of n the rate varies as Beta(n + 1 - k, k). With fewer than 1 / alpha - 1 normal
    scores nothing is flagged. Vovk, Gammerman and Shafer 2005.
    """

    name: Literal["conformal"] = "conformal"
    alpha: Level = Field(0.05, description="largest probability that a normal part is flagged")

    def build(self) -> Threshold:
        """Make the strategy."""
        from adfw_plugins.thresholds.ranks import Conformal

        return Conformal(self.alpha)


class PacConformalConfig(Component[Threshold]):
    """The tolerance limit: with the stated confidence, at most a share alpha of normal parts is flagged.

    Needs normal scores the model never saw, at least ln(1 - confidence) / ln(1 - alpha) of them (Wilks 1941): 59 for
    5 %, 299 for 1 % at 95 % confidence. Promises the rate for this very calibration set, not on average over sets.
    """

    name: Literal["pac_conformal"] = "pac_conformal"
    alpha: Level = Field(0.05, description="largest share of normal parts that is flagged")
    confidence: Level = Field(0.95, description="probability, over calibration sets, that the share is kept")

    def build(self) -> Threshold:
        """Make the strategy."""
        from adfw_plugins.thresholds.ranks import PacConformal

        return PacConformal(self.alpha, self.confidence)


class SigmaConfig(Component[Threshold]):
    """The mean of the normal scores plus k standard deviations; `robust`: median plus k times 1.4826 MAD.

    Needs two normal scores the model never saw, and promises nothing: whatever their distribution, up to
    1 / (1 + k^2) of normal parts can lie above (Cantelli), 10 % for k = 3.
    """

    name: Literal["sigma"] = "sigma"
    k: float = Field(3.0, gt=0, description="number of standard deviations")
    robust: bool = Field(
        False, description="median and median absolute deviation instead of mean and standard deviation"
    )

    def build(self) -> Threshold:
        """Make the strategy."""
        from adfw_plugins.thresholds.sigma import Sigma

        return Sigma(self.k, robust=self.robust)


class PotConfig(Component[Threshold]):
    """Peaks over threshold: a generalised Pareto tail, fitted to the largest normal scores, is followed to the rate q.

    Model-based, promises nothing. Needs normal scores the model never saw: 30 of them above the quantile p0, and 1 / q
    in all unless `extrapolate` allows fewer; then its rate is easily off threefold. Siffer et al., KDD 2017.
    """

    name: Literal["pot"] = "pot"
    q: Level = Field(0.001, description="false-alarm rate the fitted tail has above the cut")
    p0: float = Field(0.95, ge=0.5, lt=1, description="quantile of the normal scores above which the tail begins")
    extrapolate: bool = Field(False, description="allow fewer than 1 / q normal scores")

    @classmethod
    def conformance_examples(cls, folder: Path) -> Sequence[Self]:  # noqa: ARG003
        """Return one that does with a hundred scores."""
        return (cls(q=0.05, p0=0.5),)

    def build(self) -> Threshold:
        """Make the strategy."""
        from adfw_plugins.thresholds.pot import Pot

        return Pot(self.q, self.p0, extrapolate=self.extrapolate)


class FprAtMostConfig(Component[Threshold]):
    """The lowest cut at which the share of false alarms is at most `rate`.

    Needs normal scores the model never saw. The plain form keeps the rate on these scores alone and promises nothing;
    `certified` keeps it on new parts with the stated confidence, by the rank of `pac_conformal`.
    """

    name: Literal["fpr_at_most"] = "fpr_at_most"
    rate: Level = Field(0.05, description="largest share of normal parts that is flagged")
    certified: bool = Field(False, description="keep the rate on new parts, not only on these")
    confidence: Level = Field(0.95, description="of the certificate")

    def build(self) -> Threshold:
        """Make the strategy."""
        from adfw_plugins.thresholds.rates import FprAtMost

        return FprAtMost(self)
