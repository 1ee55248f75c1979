"""The autoencoder passes the public kit, in the way a stranger's model does."""

from __future__ import annotations

from adfw import TrainingSettings
from adfw.testing import parametrize_with_checks
from adfw_plugins.conv_autoencoder import ConvAutoencoderConfig

QUICK = TrainingSettings(epochs=2, batch_size=4)


@parametrize_with_checks(
    [
        ConvAutoencoderConfig(channels=4, training=QUICK),
        ConvAutoencoderConfig(
            image_channels=3, channels=4, depth=2, downsample="max_pool", loss="mse+ssim", training=QUICK
        ),
    ],
    profile="quick",
)
def test_conforms(check):
    check()
