"""What mistakes cost at deployment."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field

PARTS = 1000
"""Costs are quoted for so many parts."""


class Costs(BaseModel):
    """What a miss, a false alarm and a referral to a human cost, and how many parts are defective where it matters.

    Costs are in any one unit of money. `prevalence` is the share of defective parts at deployment, which is seldom
    the share in a test set.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    false_negative: float = Field(gt=0, description="cost of a defective part that is passed")
    false_positive: float = Field(gt=0, description="cost of a good part that is rejected")
    prevalence: float = Field(gt=0, lt=1, description="share of defective parts at deployment")
    referral: float | None = Field(default=None, ge=0, description="cost of sending a part to a human")

    def never_reject(self) -> float:
        """Return the cost of 1,000 parts when every part is passed."""
        return PARTS * self.prevalence * self.false_negative

    def refer_all(self) -> float | None:
        """Return the cost of 1,000 parts when every part is sent to a human, None where that cost is not stated."""
        return None if self.referral is None else PARTS * self.referral

    def reject_all(self) -> float:
        """Return the cost of 1,000 parts when every part is rejected."""
        return PARTS * (1 - self.prevalence) * self.false_positive
