"""PatchCore passes the public kit, in the way a stranger's model does."""

from __future__ import annotations

from adfw.testing import parametrize_with_checks
from adfw_plugins.patchcore import PatchCoreConfig

SMALL = {"weights": "random", "layers": ("features.3", "features.4")}


@parametrize_with_checks(
    [PatchCoreConfig(**SMALL), PatchCoreConfig(**SMALL, reweight=3, coreset=0.2, features_in="bf16")], profile="quick"
)
def test_conforms(check):
    check()
