from typing import Literal

from adfw import Component, Scorer, Threshold, hookimpl


class InstanceConfig(Component[Scorer]):
    """Returned as an instance."""

    name: Literal["instance"] = "instance"

    def build(self):
        return None


@hookimpl
def adfw_scorers():
    return [InstanceConfig()]
