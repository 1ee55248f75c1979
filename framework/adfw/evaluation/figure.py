"""A figure with its uncertainty; undefined is null with a reason, never 0 or NaN."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict


class Figure(BaseModel):
    """One measured value with its 95 % interval.

    `value` is None where the figure is undefined, and `reason` then says why. For a rate, `count` of `total` are the
    images (or parts) behind it. An interval that nobody computed is None, None.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    value: float | None
    low: float | None = None
    high: float | None = None
    count: int | None = None
    total: int | None = None
    reason: str = ""

    @classmethod
    def undefined(cls, reason: str) -> Figure:
        """Return a figure without a value and why it has none."""
        return cls(value=None, reason=reason)
