"""The feature autoencoder standardises what it reconstructs."""

from __future__ import annotations

import torch
from hypothesis import given
from hypothesis import strategies as st

from adfw import FitContext, Sample, TrainingSettings
from adfw_plugins.backbone.spread import Spread
from adfw_plugins.feature_autoencoder import FeatureAutoencoderConfig


class Silent:
    """A Progress that is told nothing of interest."""

    def step(self, done: float, total: float, figures: object) -> None: ...

    def record(self, figures: object) -> None: ...

    def say(self, sentence: str) -> None: ...


@given(st.lists(st.integers(1, 3), min_size=1, max_size=4), st.integers(0, 2**16), st.sampled_from([0.0, 1e3]))
def test_spread_is_that_of_all_blocks(sizes: list[int], seed: int, offset: float) -> None:
    blocks = [torch.rand(n, 3, 4, 5, generator=torch.Generator().manual_seed(seed + i)) for i, n in enumerate(sizes)]
    spread = Spread()
    for block in blocks:
        spread.add(block + offset)
    every = torch.cat(blocks).double().transpose(0, 1).flatten(1) + offset
    torch.testing.assert_close(spread.mean.double().flatten(), every.mean(1), rtol=1e-6, atol=1e-6)
    torch.testing.assert_close(spread.deviation().double().flatten(), every.std(1, correction=0), rtol=1e-3, atol=1e-4)


def test_channels_that_never_change_have_deviation_one() -> None:
    spread = Spread()
    spread.add(torch.ones(2, 3, 4, 4))
    assert spread.deviation().flatten().tolist() == [1, 1, 1]


def test_observed_features_are_standardised_over_the_training_images() -> None:
    train = [Sample(f"{i}.png", torch.rand(3, 64, 64), 0) for i in range(6)]
    model = FeatureAutoencoderConfig(
        weights="random", layers=("features.3",), latent=4, training=TrainingSettings(epochs=1, batch_size=3)
    ).build()
    model.fit(train, FitContext(device="cpu", precision="fp32", seed=0, progress=Silent()))
    (evidence,) = model.examine(torch.stack([sample.image for sample in train]))
    channels = evidence.observed.transpose(0, 1).flatten(1)
    torch.testing.assert_close(channels.mean(1), torch.zeros(128), atol=1e-4, rtol=0)
    deviations = channels.std(1, correction=0)
    assert ((deviations - 1).abs() < 1e-3).logical_or(deviations == 0).all()
