"""PaDiM: a patch that is unlikely at its place in the image is anomalous."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from pydantic import Field

from adfw import Component, Model, hookimpl
from adfw_plugins.backbone import PretrainedFeatures

if TYPE_CHECKING:
    from collections.abc import Iterable


class PadimConfig(PretrainedFeatures, Component[Model]):
    """Fits a Gaussian to the features at each place of normal images; parts must lie alike in all images (PaDiM).

    Defard, Setkov, Loesch, Audigier: PaDiM, a Patch Distribution Modeling Framework for Anomaly Detection and
    Localization, ICPR 2021. The evidence is the features whitened by that Gaussian, and zero: the scorer `l2`,
    smoothed and pooled by `max`, makes the paper's Mahalanobis distance of it.
    """

    name: Literal["padim"] = "padim"
    dimensions: int = Field(100, ge=1, description="features kept, chosen at random; all of them where there are fewer")
    patch: Literal[1, 3, 5, 7, 9] = Field(
        1, description="side of the neighbourhood that features are averaged over; more forgives parts that lie unlike"
    )
    stride: int = Field(
        1,
        ge=1,
        le=8,
        description="a Gaussian for one place in so many, down and across; 2 takes a quarter of the memory",
    )
    shrinkage: float = Field(
        0.01, gt=0, le=1, description="what is added to every variance, as a share of the mean variance"
    )
    memory_mb: int = Field(2048, ge=1, description="what the covariances may take; fitting stops where they take more")

    def build(self) -> Model:
        """Make the model without its Gaussians."""
        from adfw_plugins.padim.model import Padim

        return Padim(self)


@hookimpl
def adfw_models() -> Iterable[type[Component[Model]]]:
    """Return the configurations of models."""
    return [PadimConfig]
