"""The model passes the public kit, in the way a stranger's model does."""

from __future__ import annotations

from adfw import TrainingSettings
from adfw.testing import parametrize_with_checks
from adfw_plugins.vae import VaeConfig

SMALL = {"channels": 4, "depth": 3, "latent": 2, "warm_up": 1}
QUICK = TrainingSettings(epochs=2, batch_size=4)


@parametrize_with_checks(
    [
        VaeConfig(**SMALL, training=QUICK),
        VaeConfig(**SMALL, image_channels=1, evidence="probability", draws=2, training=QUICK),
    ],
    profile="quick",
)
def test_conforms(check):
    check()
