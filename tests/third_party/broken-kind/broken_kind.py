from typing import Literal

from adfw import Component, Scorer, Threshold, hookimpl


class KindConfig(Component[Threshold]):
    """A threshold, returned as a scorer."""

    name: Literal["kind"] = "kind"

    def build(self):
        return None


@hookimpl
def adfw_scorers():
    return [KindConfig]
