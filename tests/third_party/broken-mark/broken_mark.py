from typing import Literal

from adfw import Component, Scorer, Threshold, hookimpl


class MarkConfig(Component[Scorer]):
    """Never reached: its hook is not marked."""

    name: Literal["mark"] = "mark"

    def build(self):
        return None


def adfw_scorers():
    return [MarkConfig]
