"""The built-in threshold strategies pass the public kit, in the way a stranger's do."""

from __future__ import annotations

from adfw.testing import parametrize_with_checks
from adfw_plugins.thresholds import (
    ConformalConfig,
    CostWeightedConfig,
    FixedConfig,
    FprAtMostConfig,
    PacConformalConfig,
    PercentileConfig,
    PotConfig,
    PrecisionAtLeastConfig,
    PrOptimalConfig,
    RecallAtLeastConfig,
    RejectBandConfig,
    SigmaConfig,
    YoudenConfig,
)

COSTS = {"false_negative": 50.0, "false_positive": 1.0, "prevalence": 0.02}
STRATEGIES = [
    PrOptimalConfig(),
    PrOptimalConfig(beta=2, prevalence=0.05, placement="upper", ties="lowest"),
    YoudenConfig(),
    YoudenConfig(variant="closest", placement="lower"),
    CostWeightedConfig(**COSTS),
    CostWeightedConfig(**COSTS, true_positive=0.3, true_negative=0.1, ties="plateau_middle"),
    CostWeightedConfig(false_negative=(5.0, 80.0), false_positive=1.0, prevalence=(0.001, 0.2)),
    RejectBandConfig(**COSTS, referral=0.2),
    RecallAtLeastConfig(rate=0.8),
    FprAtMostConfig(rate=0.2),
    FprAtMostConfig(rate=0.5, certified=True, confidence=0.7),
    PrecisionAtLeastConfig(rate=0.3, prevalence=0.2),
    PercentileConfig(q=0.8),
    ConformalConfig(alpha=0.1),
    PacConformalConfig(alpha=0.2, confidence=0.8),
    SigmaConfig(k=1.5),
    SigmaConfig(k=2.0, robust=True),
    PotConfig(q=0.05, p0=0.5),
    FixedConfig(value=0.25),
]


@parametrize_with_checks(STRATEGIES, profile="quick")
def test_conforms(check):
    check()
