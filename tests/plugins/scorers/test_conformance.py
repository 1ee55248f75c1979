"""The built-in scorers pass the public kit, in the way a stranger's do."""

from __future__ import annotations

from adfw.testing import parametrize_with_checks
from adfw_plugins.scorers import (
    CosineConfig,
    GradientConfig,
    L2Config,
    MaeConfig,
    MseConfig,
    MsSsimConfig,
    SsimConfig,
)

SCORERS = [MseConfig, MaeConfig, SsimConfig, MsSsimConfig, GradientConfig, L2Config, CosineConfig]
POOLED = [
    MseConfig(pooling="top", share=0.1),
    SsimConfig(pooling="max", sigma=1.5),
    L2Config(pooling="quantile", q=0.5, sigma=0.7),
]


@parametrize_with_checks([*(scorer() for scorer in SCORERS), *POOLED], profile="quick")
def test_conforms(check):
    check()
