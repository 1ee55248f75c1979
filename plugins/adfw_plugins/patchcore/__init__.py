"""PatchCore: a patch that resembles no patch of the normal images is anomalous."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from pydantic import Field

from adfw import Component, Model, hookimpl
from adfw_plugins.backbone import PretrainedFeatures

if TYPE_CHECKING:
    from collections.abc import Iterable


class PatchCoreConfig(PretrainedFeatures, Component[Model]):
    """Compares patch features with their nearest neighbours in a memory bank of normal ones (PatchCore).

    Roth, Pemula, Zepeda, Schölkopf, Brox, Gehler: Towards Total Recall in Industrial Anomaly Detection, CVPR 2022.
    Patches are averages over `patch` x `patch` neighbours of all layers at the first one's resolution; the bank is a
    greedy k-centre coreset of them. Score with `l2`, smoothed and pooled by `max`.
    """

    name: Literal["patchcore"] = "patchcore"
    patch: Literal[1, 3, 5, 7, 9] = Field(3, description="side of the neighbourhood that makes a patch")
    coreset: float = Field(0.01, gt=0, le=1, description="share of the normal patches kept in the memory bank")
    reweight: int = Field(
        0, ge=0, le=100, description="neighbours of the paper's reweighted image score (its b); 0: not reweighted"
    )
    memory_mb: int = Field(
        1024, ge=1, description="what all projected patches may take; beyond it the coreset is chosen part by part"
    )

    def build(self) -> Model:
        """Make the model with an empty memory bank."""
        from adfw_plugins.patchcore.model import PatchCore

        return PatchCore(self)


@hookimpl
def adfw_models() -> Iterable[type[Component[Model]]]:
    """Return the configurations of models."""
    return [PatchCoreConfig]
