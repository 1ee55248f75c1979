"""Features of pretrained classification networks, shared by the models that transfer learning; no plugin itself."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, Self

from pydantic import BaseModel, Field

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path


class PretrainedFeatures(BaseModel):
    """The fields by which a model's recipe chooses a backbone, its layers and their weights."""

    backbone: str = Field("squeezenet1_1", description="a classification network of torchvision, by its name there")
    layers: tuple[str, ...] = Field(
        ("features.7", "features.10"), min_length=1, description="layers whose output is looked at, shallow to deep"
    )
    weights: str = Field(
        "imagenet",
        min_length=1,
        description="imagenet (torchvision's download), a .safetensors file with torchvision's names, or random",
    )
    features_in: Literal["fp32", "bf16"] = Field(
        "fp32", description="arithmetic of the backbone; bf16 is quicker where the hardware has it"
    )

    @classmethod
    def conformance_examples(cls, folder: Path) -> Sequence[Self]:  # noqa: ARG003
        """Return a configuration that needs no download and takes small images."""
        return (cls(weights="random", layers=("features.3", "features.4")),)
