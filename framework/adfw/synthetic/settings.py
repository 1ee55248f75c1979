"""What a recipe says of the defects to paste."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

Kind = Literal["texture", "cut_paste", "scar"]
Share = Annotated[float, Field(gt=0, le=1)]


def _ascending(ends: tuple[float, float]) -> tuple[float, float]:
    if ends[0] > ends[1]:
        raise ValueError(f"a range goes from low to high, not from {ends[0]} to {ends[1]}")
    return ends


Range = Annotated[tuple[Share, Share], AfterValidator(_ascending)]


class SyntheticDefects(BaseModel):
    """Defects to paste into the held-out normal images, as often as `per_image` says.

    texture: a ragged blob of noise or stripes; cut_paste: a ragged piece of the same image, turned and brightened or
    darkened, elsewhere; scar: a thin bent line. The faintest and the smallest decide what a threshold is fitted to.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", validate_default=True, allow_inf_nan=False)

    per_image: int = Field(3, ge=1, le=100, description="images with a defect for each held-out normal image")
    kinds: Annotated[tuple[Kind, ...], Field(min_length=1)] = Field(
        ("texture", "cut_paste", "scar"), description="which kinds of defects, in turn"
    )
    area: Range = Field((0.0005, 0.02), description="share of the image that a defect covers, [smallest, largest]")
    opacity: Range = Field((0.3, 1.0), description="how much of what lies below it covers, [faintest, strongest]")
