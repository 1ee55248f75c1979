from typing import Literal

from adfw import Component, Scorer, Threshold, hookimpl


class SpeltConfig(Component[Scorer]):
    """Never reached: the hook is called adfw_scorers."""

    name: Literal["spelt"] = "spelt"

    def build(self):
        return None


@hookimpl
def adfw_scorer():
    return [SpeltConfig]
