"""What an autoencoder that restores is shown, and that it is not shown it when it examines."""

from __future__ import annotations

import torch
from torch import nn

from adfw import FitContext, Sample
from adfw_plugins.conv_autoencoder import ConvAutoencoderConfig
from adfw_plugins.conv_autoencoder.damage import SQUARE, damaged


class Silent:
    def step(self, done: float, total: float, figures: object) -> None: ...

    def record(self, figures: object) -> None: ...

    def say(self, sentence: str) -> None: ...


def test_nothing_is_damaged_unless_asked() -> None:
    images = torch.rand(2, 3, 20, 36)
    assert torch.equal(damaged(images, 0, 0), images)


def test_squares_are_blanked_with_the_mean_of_their_image() -> None:
    torch.manual_seed(0)
    images = torch.rand(8, 3, 90, 100)
    changed = (damaged(images, 0, 0.25) != images).any(1)
    assert 0.15 < changed.float().mean() < 0.35
    first = changed[:, ::SQUARE, ::SQUARE]
    whole = first.repeat_interleave(SQUARE, 1).repeat_interleave(SQUARE, 2)[:, :90, :100]
    assert torch.equal(changed, whole)
    blank = damaged(images, 0, 0.25)[:, :, :SQUARE, :SQUARE][first[:, 0, 0]]
    torch.testing.assert_close(blank, images[first[:, 0, 0]].mean((2, 3), keepdim=True).expand_as(blank))


def test_noise_has_the_deviation_asked_for_and_stays_in_range() -> None:
    torch.manual_seed(0)
    images = torch.full((2, 1, 64, 64), 0.5)
    assert abs(float((damaged(images, 0.1, 0) - images).std()) - 0.1) < 0.01
    assert damaged(torch.rand(2, 1, 64, 64), 0.5, 0).aminmax() == (0, 1)


def test_a_waist_is_as_narrow_as_asked_and_images_are_examined_undamaged() -> None:
    training = {"epochs": 2, "batch_size": 4, "validation_share": 0.25}
    config = ConvAutoencoderConfig(channels=4, depth=2, latent=3, noise=0.2, masked=0.5, training=training)
    model = config.build()
    assert [m.out_channels for m in model.waist if isinstance(m, nn.Conv2d)] == [3, 8]
    samples = [Sample(f"{i}.png", torch.rand(1, 24, 24), 0) for i in range(8)]
    model.fit(samples, FitContext(device="cpu", precision="fp32", seed=0, progress=Silent()))
    images = torch.rand(2, 1, 24, 24)
    (evidence,), (again,) = model.examine(images), model.examine(images)
    assert torch.equal(evidence.observed, images)
    assert torch.equal(evidence.expected, again.expected)


def test_damage_is_what_is_learnt_from(monkeypatch) -> None:
    seen = []
    monkeypatch.setattr(
        "adfw_plugins.conv_autoencoder.autoencoder.damaged", lambda images, *shares: seen.append(shares) or images
    )
    training = {"epochs": 1, "batch_size": 4, "validation_share": 0.25}
    model = ConvAutoencoderConfig(channels=4, depth=2, noise=0.2, masked=0.5, training=training).build()
    samples = [Sample(f"{i}.png", torch.rand(1, 16, 16), 0) for i in range(8)]
    model.fit(samples, FitContext(device="cpu", precision="fp32", seed=0, progress=Silent()))
    assert seen == [(0.2, 0.5)] * 2  # six images in two steps; the held-out ones are seen as they are
