"""The variational autoencoder: its warm-up, and evidence whose squares are a likelihood."""

from __future__ import annotations

import pytest
import torch

from adfw import FitContext, Sample, TrainingError, TrainingSettings
from adfw_plugins.vae import VaeConfig
from adfw_plugins.vae.model import LEAST_LOG_VARIANCE, _likelihood

SMALL = {"channels": 4, "depth": 2, "latent": 2, "image_channels": 1}


class Silent:
    """A Progress that is told nothing of interest."""

    def step(self, done: float, total: float, figures: object) -> None: ...

    def record(self, figures: object) -> None: ...

    def say(self, sentence: str) -> None: ...


def context() -> FitContext:
    return FitContext(device="cpu", precision="fp32", seed=0, progress=Silent())


def test_squared_evidence_is_minus_the_log_likelihood() -> None:
    images, mean = torch.rand(2, 1, 8, 8), torch.rand(2, 1, 8, 8)
    log_variance = torch.empty(2, 1, 8, 8).uniform_(LEAST_LOG_VARIANCE, 1)
    evidence = _likelihood(images, mean, log_variance)
    found = (evidence.observed - evidence.expected).square().sum(1)
    minus_log = -torch.distributions.Normal(mean, (log_variance / 2).exp()).log_prob(images).sum(1)
    shift = found - minus_log
    torch.testing.assert_close(shift, shift[0, 0, 0].expand_as(shift), rtol=1e-3, atol=1e-3)


def test_the_weight_of_the_divergence_rises_to_beta_and_is_beta_in_eval_mode() -> None:
    model = VaeConfig(**SMALL, beta=2.0).build()
    model.horizon.fill_(10)
    model.train()
    assert [model._weight(4) for _ in range(4)] == pytest.approx([0.8, 1.6, 2.0, 2.0])
    model.eval()
    assert model._weight(4) == 2.0
    assert int(model.seen) == 16


def test_no_warm_up_begins_with_beta() -> None:
    model = VaeConfig(**SMALL, warm_up=0).build().train()
    assert model._weight(1) == 1.0


def test_probability_gives_one_evidence_for_each_draw_and_always_the_same() -> None:
    model = VaeConfig(**SMALL, evidence="probability", draws=3).build().eval()
    images = torch.rand(2, 1, 12, 16)
    first, again = model.examine(images), model.examine(images)
    assert len(first) == 3
    assert all(torch.equal(one.expected, other.expected) for one, other in zip(first, again, strict=True))
    assert not torch.equal(first[0].expected, first[1].expected)


def test_colour_that_does_not_fit_is_refused() -> None:
    settings = TrainingSettings(epochs=1, batch_size=2)
    with pytest.raises(TrainingError, match=r"model.image_channels is 1, but a.png has 3; make it agree"):
        VaeConfig(**SMALL, training=settings).build().fit([Sample("a.png", torch.rand(3, 16, 16), 0)] * 3, context())
