"""A cut that somebody states."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Literal

from pydantic import Field

from adfw import Component, Cut, Threshold, ThresholdTraits

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt


class FixedConfig(Component[Threshold]):
    """A cut that is stated, in the unit of the scores.

    Needs nothing, promises nothing. With `scorer`, the label of the scorer whose scores the value was chosen on, it is
    refused on the scores of any other.
    """

    name: Literal["fixed"] = "fixed"
    value: float = Field(description="anomalous if and only if score >= value", examples=[0.0001])
    unit: Literal["raw"] = Field("raw", description="the unit of the value: scores as the scorer gives them")
    scorer: str | None = Field(None, description="label of the scorer the value belongs to")

    def build(self) -> Threshold:
        """Make the strategy."""
        return Fixed(self.value)


class Fixed(Threshold):
    """Returns the stated value, whatever the scores."""

    needs: ClassVar[Literal["none"]] = "none"

    def __init__(self, value: float) -> None:
        self.value = value

    @property
    def traits(self) -> ThresholdTraits:
        """Return what holds."""
        return ThresholdTraits(duplicate_invariant=True, monotone={"value": "raises"})

    def fit(self, scores: npt.NDArray[np.float64], labels: npt.NDArray[np.int64]) -> Cut:  # noqa: ARG002
        """Look at nothing."""
        return Cut(self.value)
