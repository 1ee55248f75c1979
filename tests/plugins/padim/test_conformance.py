"""The model passes the public kit, in the way a stranger's model does."""

from __future__ import annotations

from adfw.testing import parametrize_with_checks
from adfw_plugins.padim import PadimConfig

SMALL = {"weights": "random", "layers": ("features.3", "features.4")}


@parametrize_with_checks([PadimConfig(**SMALL, dimensions=20)], profile="quick")
def test_conforms(check):
    check()
