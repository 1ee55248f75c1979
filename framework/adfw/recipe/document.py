"""What a recipe holds."""

from __future__ import annotations

import hashlib
import json
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, SerializeAsAny, ValidationInfo, field_validator

from adfw.component import Component  # noqa: TC001 - pydantic reads them
from adfw.images.preprocessing import Preprocessing  # noqa: TC001 - pydantic reads them
from adfw.interfaces import Dataset, Model, Scorer, Threshold  # noqa: TC001 - pydantic reads them
from adfw.synthetic.settings import SyntheticDefects
from adfw.thresholds.costs import Costs  # noqa: TC001 - pydantic reads them

Protocol = Literal["auto", "normal_only", "cross_fit", "split", "oracle", "synthetic"]


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", validate_default=True, allow_inf_nan=False)


class Compute(_Part):
    """Where and how precisely to calculate; no effect on what is calculated."""

    device: str = Field("auto", pattern=r"^(auto|cpu|mps|cuda(:\d+)?)$", description="auto, cpu, cuda, cuda:1 or mps")
    precision: Literal["auto", "fp32", "bf16"] = Field(
        "auto", description="of the arithmetic of training; auto: bf16 where the hardware has it"
    )
    compile: bool = Field(False, description="compile the model; falls back, with a printed reason, where it cannot")


class Recipe(_Part):
    """One run: a dataset, a model, scorers and threshold strategies, and how to set them against each other."""

    name: str = Field(pattern=r"^\w[\w.-]{0,63}$", description="of the run and its detector: letters, digits, . _ -")
    requires: tuple[str, ...] = Field(
        (), description="plugin distributions it needs, each with its versions, e.g. adfw-large-spots>=0.2"
    )
    seed: int = Field(0, ge=0, lt=2**32, description="the seed of everything random")
    dataset: SerializeAsAny[Component[Dataset]]
    preprocessing: Preprocessing
    model: SerializeAsAny[Component[Model]]
    scorers: Annotated[tuple[SerializeAsAny[Component[Scorer]], ...], Field(min_length=1)] = Field(
        description="the first is the detector's, the others are reported beside it"
    )
    thresholds: Annotated[tuple[SerializeAsAny[Component[Threshold]], ...], Field(min_length=1)] = Field(
        description="the first is the detector's, the others are reported beside it"
    )
    protocol: Protocol = Field("auto", description="which scores the strategies are fitted on")
    synthetic: SyntheticDefects | None = Field(
        None, description="defects to draw into held-out normal images; the protocol synthetic has them by default"
    )
    costs: Costs | None = Field(None, description="prices every strategy in the report")
    compute: Compute = Compute()

    @field_validator("model")
    @classmethod
    def _sees_such_images(cls, model: Component[Model], info: ValidationInfo) -> Component[Model]:
        # by convention, a model for grey or for colour images says so in a field of this name
        takes, preprocessing = getattr(model, "image_channels", None), info.data.get("preprocessing")
        if preprocessing and takes not in (None, preprocessing.shape[0]):
            raise ValueError(
                f"image_channels is {takes}, but preprocessing.color is {preprocessing.color}; "
                "make them agree: 1 for grey, 3 for rgb"
            )
        return model

    @field_validator("scorers", "thresholds")
    @classmethod
    def _all_different(cls, components: tuple[Component[Any], ...]) -> tuple[Component[Any], ...]:
        for index, component in enumerate(components):
            if component in components[:index]:
                first = components.index(component)
                raise ValueError(f"entries {first} and {index} are the same ({component.label()}); remove one of them")
        return components

    def drawn_defects(self) -> SyntheticDefects | None:
        """Return what defects are drawn: those that are named, or the defaults where the protocol needs some."""
        if self.synthetic is None and self.protocol == "synthetic":
            return SyntheticDefects()
        return self.synthetic

    def digest(self) -> str:
        """Return the SHA-256 of what the recipe says, whatever the order of its keys and its comments."""
        # what has to be installed does not change what is calculated
        text = json.dumps(
            self.model_dump(mode="json", exclude={"requires"}), sort_keys=True, separators=(",", ":"), ensure_ascii=True
        )
        return hashlib.sha256(text.encode()).hexdigest()

    def to_yaml(self) -> str:
        """Return the recipe with every default written out; `load_recipe` reads it back as an equal recipe."""
        from adfw.recipe.writing import to_yaml

        return to_yaml(self.model_dump(mode="json"))
