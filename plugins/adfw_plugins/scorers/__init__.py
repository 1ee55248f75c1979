"""Scorers of the difference between what a model observed and what it expected."""

from __future__ import annotations

from abc import abstractmethod
from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import Field

from adfw import Component, Scorer, hookimpl

if TYPE_CHECKING:
    from adfw_plugins.scorers.pooled import Difference


class PooledScorerConfig(Component[Scorer]):
    """What these scorers share: maps of several layers are averaged, then smoothed, then pooled into one number."""

    pooling: Annotated[
        Literal["mean", "max", "top", "quantile"], Field(description="how the pixels of a map become one score")
    ] = "mean"
    share: Annotated[float, Field(gt=0, le=1, description="for top: the mean of this share of the pixels")] = 0.01
    q: Annotated[float, Field(ge=0, le=1, description="for quantile: this quantile of the pixels")] = 0.99
    sigma: Annotated[float, Field(ge=0, le=100, description="Gaussian smoothing of the map, in pixels")] = 0.0

    def build(self) -> Scorer:
        """Make the scorer."""
        from adfw_plugins.scorers.pooled import PooledScorer

        return PooledScorer(self.difference(), self.pooling, share=self.share, q=self.q, sigma=self.sigma)

    @abstractmethod
    def difference(self) -> Difference:
        """Return what is measured at each pixel."""


class MseConfig(PooledScorerConfig):
    """Squared difference, averaged over the channels."""

    name: Literal["mse"] = "mse"

    def difference(self) -> Difference:
        """Return (observed - expected)^2."""
        from adfw_plugins.scorers.pointwise import SQUARED

        return SQUARED


class MaeConfig(PooledScorerConfig):
    """Absolute difference, averaged over the channels."""

    name: Literal["mae"] = "mae"

    def difference(self) -> Difference:
        """Return |observed - expected|."""
        from adfw_plugins.scorers.pointwise import ABSOLUTE

        return ABSOLUTE


class SsimConfig(PooledScorerConfig):
    """Structural dissimilarity 1 - SSIM of images in [0, 1] (Wang et al. 2004), averaged over the channels."""

    name: Literal["ssim"] = "ssim"

    def difference(self) -> Difference:
        """Return 1 - SSIM in an 11 x 11 Gaussian window."""
        from adfw_plugins.scorers.ssim import STRUCTURAL

        return STRUCTURAL


class MsSsimConfig(PooledScorerConfig):
    """Structural dissimilarity 1 - MS-SSIM over up to five scales (Wang et al. 2003), averaged over the channels."""

    name: Literal["ms_ssim"] = "ms_ssim"

    def difference(self) -> Difference:
        """Return 1 - MS-SSIM."""
        from adfw_plugins.scorers.ssim import MULTI_SCALE

        return MULTI_SCALE


class GradientConfig(PooledScorerConfig):
    """Gradient dissimilarity 1 - GMS of images in [0, 1] (Xue et al. 2014), averaged over the channels."""

    name: Literal["gradient"] = "gradient"

    def difference(self) -> Difference:
        """Return 1 - GMS."""
        from adfw_plugins.scorers.gradient import GRADIENT

        return GRADIENT


class L2Config(PooledScorerConfig):
    """Euclidean distance of the features at each place."""

    name: Literal["l2"] = "l2"

    def difference(self) -> Difference:
        """Return ||observed - expected||."""
        from adfw_plugins.scorers.pointwise import EUCLIDEAN

        return EUCLIDEAN


class CosineConfig(PooledScorerConfig):
    """Cosine distance of the features at each place."""

    name: Literal["cosine"] = "cosine"

    def difference(self) -> Difference:
        """Return 1 - cos(observed, expected)."""
        from adfw_plugins.scorers.pointwise import COSINE

        return COSINE


@hookimpl
def adfw_scorers() -> list[type[PooledScorerConfig]]:
    """Register the built-in scorers."""
    return [MseConfig, MaeConfig, SsimConfig, MsSsimConfig, GradientConfig, L2Config, CosineConfig]
