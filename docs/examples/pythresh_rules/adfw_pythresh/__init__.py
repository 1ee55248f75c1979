"""A threshold strategy: those of PyThresh's label-free rules that are safe to hand to a line."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from adfw import Component, Threshold, hookimpl


class PythreshConfig(Component[Threshold]):
    """A label-free rule of PyThresh, brought back to the scores' own unit.

    Promises nothing: these rules look for outliers among the scores they are fitted on, and state no rate. `normal`
    fits on normal scores the model never saw, `mixed` on normal and anomalous ones whose labels the rule does not see.
    """

    name: Literal["pythresh"] = "pythresh"
    rule: Literal["chau", "fgd", "iqr", "mad", "mtt", "zscore"] = Field(
        default="chau", description="PyThresh's name, lower case"
    )
    fitted_on: Literal["normal", "mixed"] = Field(default="normal", description="the scores the rule sees")

    def build(self) -> Threshold:
        """Make the strategy."""
        from adfw_pythresh.rules import MixedScores, NormalScores

        return (NormalScores if self.fitted_on == "normal" else MixedScores)(self.rule)


@hookimpl
def adfw_thresholds() -> list[type[Component[Threshold]]]:
    """Return the configuration."""
    return [PythreshConfig]
