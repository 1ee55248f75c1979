from typing import Literal

from adfw import Component, Scorer, hookimpl, resize_maps


class Largest(Scorer):
    """Takes the largest absolute difference."""

    def maps(self, evidence, size):
        return sum(resize_maps((e.observed - e.expected).abs().amax(1), size) for e in evidence)

    def score(self, maps):
        return maps.amax((1, 2))


class LargestConfig(Component[Scorer]):
    """The largest absolute difference."""

    name: Literal["stranger_largest"] = "stranger_largest"

    def build(self):
        return Largest()


@hookimpl
def adfw_scorers():
    return [LargestConfig]
