from typing import Literal

from adfw import Component, Scorer, hookimpl, resize_maps


class Largest(Scorer):
    """Takes the largest absolute difference."""

    def maps(self, evidence, size):
        return sum(resize_maps((e.observed - e.expected).abs().amax(1), size) for e in evidence)

    def score(self, maps):
        return maps.amax((1, 2))


class TwinConfig(Component[Scorer]):
    """Shares its name, and that of its entry point, with another."""

    name: Literal["twin"] = "twin"

    def build(self):
        return Largest()


class OnlyOneConfig(TwinConfig):
    """Stands in the shadow of the shared entry point."""

    name: Literal["only_one"] = "only_one"


@hookimpl
def adfw_scorers():
    return [TwinConfig, OnlyOneConfig]
