"""The model passes the public kit, in the way a stranger's model does."""

from __future__ import annotations

from adfw import TrainingSettings
from adfw.testing import parametrize_with_checks
from adfw_plugins.feature_autoencoder import FeatureAutoencoderConfig

SMALL = {"weights": "random", "layers": ("features.3", "features.4")}
QUICK = TrainingSettings(epochs=2, batch_size=4)


@parametrize_with_checks([FeatureAutoencoderConfig(**SMALL, latent=4, training=QUICK)], profile="quick")
def test_conforms(check):
    check()
