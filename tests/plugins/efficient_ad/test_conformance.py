"""The model passes the public kit, in the way a stranger's model does."""

from __future__ import annotations

from adfw import TrainingSettings
from adfw.testing import parametrize_with_checks
from adfw_plugins.efficient_ad import EfficientAdConfig

SMALL = {"weights": "random", "layers": ("features.3",), "channels": 8, "features": 8}
QUICK = TrainingSettings(epochs=1, batch_size=4)


@parametrize_with_checks([EfficientAdConfig(**SMALL, distilling=QUICK, training=QUICK)], profile="quick")
def test_conforms(check):
    check()
