"""Models broken on purpose: each is caught by the check it is paired with, and each check catches one."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from adfw import Evidence, Model, TrainingError
from adfw.testing import Failure, check_plugin
from adfw.testing.check import Subject
from adfw.testing.model_contract import CHECKS


class Right(Model, nn.Module):
    """Expects the mean of the training images."""

    def __init__(self):
        super().__init__()
        self.register_buffer("mean", torch.zeros(0))

    def fit(self, train, context):
        if not train:
            raise TrainingError("it takes 1 image")
        self.mean = self.learn(torch.stack([sample.image for sample in train]), context)
        self.to(context.device).eval()

    def learn(self, images, context):
        return images.mean(0)

    def examine(self, images):
        if tuple(images.shape[1:]) != tuple(self.mean.shape):
            raise ValueError(f"it was fitted on images of {tuple(self.mean.shape)}, not {tuple(images.shape[1:])}")
        return self.compare(images)

    def compare(self, images):
        return (Evidence(images, self.mean.expand_as(images)),)


class RightBank(Right):
    """Expects, of the training images, the one nearest to the image."""

    def learn(self, images, context):
        return images

    def examine(self, images):
        if tuple(images.shape[1:]) != tuple(self.mean.shape[1:]):
            raise ValueError(f"it takes images of {tuple(self.mean.shape[1:])}")
        distance = (
            torch.stack([(self.mean - image).square().flatten(1).sum(1) for image in images]) if len(images) else None
        )
        nearest = self.mean[distance.argmin(1)] if distance is not None else images
        return (Evidence(images, nearest), Evidence(images[..., ::2, ::2], nearest[..., ::2, ::2]))


class RightNetwork(Right):
    """A convolution with batch normalisation, fitted by a few steps of gradient descent from its own seed."""

    def __init__(self):
        super().__init__()
        self.body = nn.Sequential(nn.Conv2d(1, 1, 3, padding=1), nn.BatchNorm2d(1), nn.Sigmoid())

    def learn(self, images, context):
        source = torch.Generator().manual_seed(context.seed)
        for parameter in self.body.parameters():
            parameter.data.uniform_(-0.1, 0.1, generator=source)
        self.body.train()
        optimizer = torch.optim.SGD(self.body.parameters(), lr=0.1)
        for epoch in range(3):
            optimizer.zero_grad()
            loss = (self.body(images) - images).square().mean()
            loss.backward()
            optimizer.step()
            context.progress.step(epoch + 1, 3, {"loss": loss.item()})
            context.progress.record({"epoch": epoch + 1, "train_loss": loss.item()})
        return self.mean

    def examine(self, images):
        if images.shape[1] != 1:
            raise ValueError("it takes grey images")
        return (Evidence(images, self.body(images)),)


class StaysInTraining(RightNetwork):
    def fit(self, train, context):
        super().fit(train, context)
        self.train()


class BatchStatistics(RightNetwork):
    """Normalises by the statistics of the batch it examines."""

    def examine(self, images):
        expected = torch.sigmoid((images - images.mean()) / (images.std() + 1e-5)) if len(images) else images
        return (Evidence(images, expected),)


class ListOfEvidence(Right):
    def compare(self, images):
        return list(super().compare(images))


class OneMean(Right):
    """Does not repeat the mean for each image."""

    def compare(self, images):
        return (Evidence(images, self.mean[None]),)


class Double(Right):
    def compare(self, images):
        return (Evidence(images.double(), self.mean.double().expand_as(images)),)


class DividesByZero(Right):
    def compare(self, images):
        return (Evidence(images, self.mean / (images == images.clamp(0, 0.5)).float()),)


class Remembers(Right):
    """Moves its mean towards what it examines."""

    def compare(self, images):
        found = (Evidence(images, self.mean.clone().expand_as(images)),)
        if len(images):
            self.mean = 0.9 * self.mean + 0.1 * images.mean(0)
        return found


class Dropout(Right):
    """Drops out at random when it examines."""

    def compare(self, images):
        return (Evidence(images, nn.functional.dropout(self.mean.expand_as(images), 0.1, training=True)),)


class InPlace(Right):
    def compare(self, images):
        return (Evidence(images.clamp_(0, 0.9), self.mean.expand_as(images)),)


class AugmentsSamples(Right):
    def fit(self, train, context):
        for sample in train:
            sample.image.mul_(0.5)
        super().fit(train, context)


class Viewed(Right):
    """Takes contiguous images only."""

    def compare(self, images):
        return super().compare(images.view(len(images), -1).view(len(images), *self.mean.shape))


class NeedsAnImage(Right):
    def compare(self, images):
        return (Evidence(torch.stack(list(images)), self.mean.expand_as(images)),)


class NanToNumber(Right):
    def compare(self, images):
        return super().compare(images.nan_to_num())


class AnySize(Right):
    """Meets images of another size with whatever torch says."""

    def examine(self, images):
        return (Evidence(images, self.mean.expand_as(images)),)


class KeptInList(Right):
    """Keeps what it learned where state_dict does not see it."""

    def learn(self, images, context):
        self.learned = [images.mean(0)]
        return images.mean(0)

    def compare(self, images):
        learned = getattr(self, "learned", [torch.zeros_like(self.mean)])[0]
        return (Evidence(images, learned.expand_as(images)),)


class GlobalSeed(Right):
    """Draws the images it learns from with the global generator."""

    def learn(self, images, context):
        return images[torch.randperm(len(images))[:5]].mean(0)


class DividesByNothing(Right):
    def fit(self, train, context):
        self.mean = sum(sample.image for sample in train) / max(1, len(train))
        self.eval()


class BeyondTheEnd(Right):
    def learn(self, images, context):
        for epoch in range(3):
            context.progress.step(epoch + 1, 2, {})
        return images.mean(0)


class NanLoss(Right):
    def learn(self, images, context):
        context.progress.record({"epoch": 1, "train_loss": float("nan")})
        return images.mean(0)


FAULTS = {
    StaysInTraining: "fit_leaves_eval_mode",
    BatchStatistics: "batch_independent",
    ListOfEvidence: "evidence_right",
    OneMean: "evidence_right",
    Double: "evidence_right",
    DividesByZero: "evidence_right",
    Remembers: "stateless",
    Dropout: "surroundings_untouched",
    InPlace: "input_untouched",
    AugmentsSamples: "samples_untouched",
    Viewed: "any_memory_layout",
    NeedsAnImage: "empty_batch",
    NanToNumber: "nan_is_seen",
    AnySize: "other_sizes_taken_or_refused",
    KeptInList: "state_is_everything",
    GlobalSeed: "same_seed_same_model",
    DividesByNothing: "nothing_to_learn_from",
    BeyondTheEnd: "progress_sensible",
    NanLoss: "progress_sensible",
}


@pytest.mark.parametrize("model", [Right, RightBank, RightNetwork])
def test_right_models_pass_every_check(model):
    assert not check_plugin(model(), profile="quick").failed


@pytest.mark.parametrize(("fault", "name"), FAULTS.items(), ids=lambda one: getattr(one, "__name__", one))
def test_each_fault_is_caught_by_its_check(fault, name):
    (check,) = [check for check in CHECKS if check.name == name]
    with pytest.raises(Failure):
        check.run(Subject(fault()), "quick", shrink=False)


def test_each_check_catches_a_fault():
    assert {check.name for check in CHECKS} == set(FAULTS.values())
