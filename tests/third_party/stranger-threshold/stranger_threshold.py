from typing import Literal

from adfw import Component, Cut, Threshold, hookimpl


class Above(Threshold):
    """Cuts a stated factor above the largest normal score."""

    needs = "normal_scores"

    def __init__(self, factor):
        self.factor = factor

    def fit(self, scores, labels):
        normal = scores[labels == 0]
        return Cut(float(normal.max()) * self.factor, n_normal=len(normal))


class AboveConfig(Component[Threshold]):
    """A factor above the largest normal score."""

    name: Literal["stranger_above"] = "stranger_above"
    factor: float = 1.0

    def build(self):
        return Above(self.factor)


@hookimpl
def adfw_thresholds():
    return [AboveConfig]
