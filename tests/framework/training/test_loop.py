from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
import torch

from adfw import DatasetError, Sample, TrainingError, train

if TYPE_CHECKING:
    from conftest import Journal, Training


def alike(one: torch.nn.Module, other: torch.nn.Module) -> bool:
    first, second = one.state_dict(), other.state_dict()
    return all(torch.equal(first[key], second[key]) for key in first)


def test_the_loss_falls_and_each_epoch_leaves_a_row(training: Training, journal: Journal) -> None:
    network = training.run(journal)
    assert journal.curve("epoch") == [1, 2, 3, 4, 5, 6]
    assert journal.rows[-1]["train_loss"] < journal.rows[0]["train_loss"] / 2
    assert {"epoch", "train_loss", "validation_loss", "learning_rate", "images_per_s"} == set(journal.rows[0])
    assert not network.training


def test_progress_runs_from_zero_to_the_number_of_epochs(training: Training, journal: Journal) -> None:
    training.run(journal)
    reading, learning = journal.steps[:3], journal.steps[3:]
    assert reading == [(0, 6, {"images_read": count}) for count in (4, 8, 11)]
    done = [step[0] for step in learning]
    assert done == sorted(done)
    assert len(done) == 6 * 3  # 9 images in batches of 4
    assert done[-1] == learning[-1][1] == 6
    assert set(learning[0][2]) == {"loss", "images_per_s"}


def test_the_same_seed_gives_the_same_weights_and_another_seed_others(training: Training) -> None:
    first = training.run()
    torch.rand(5)  # what others draw does not matter
    assert alike(first, training.run())
    assert not alike(first, training.run(seed=8))


def test_the_callers_random_numbers_are_left_alone(training: Training) -> None:
    torch.manual_seed(1)
    expected = torch.rand(3)
    torch.manual_seed(1)
    training.run()
    assert torch.equal(torch.rand(3), expected)


@pytest.mark.parametrize("keep", ["train_loss", "validation_loss"])
def test_the_weights_of_the_best_epoch_are_kept(training: Training, journal: Journal, keep: str) -> None:
    # A learning rate this high makes the loss jump, so that the last epoch is not the best.
    wild = training.tuned(keep=keep, lr=0.5, epochs=9, patience=50)
    seen: list[dict[str, torch.Tensor]] = []
    network = type(training.run())()
    journal.after = lambda _: seen.append({key: value.clone() for key, value in network.state_dict().items()})
    train(network, network.loss, wild.samples, wild.settings, wild.context(journal))
    curve = journal.curve(keep)
    best = curve.index(min(curve))
    assert best != 8
    assert all(torch.equal(network.state_dict()[key], value) for key, value in seen[best].items())


def test_training_ends_early_at_the_floor(training: Training, journal: Journal) -> None:
    still = training.tuned(epochs=50, lr=1e-6, min_lr=1e-6, patience=1, validation_share=0, weight_decay=0)
    network = still.run(journal)
    assert len(journal.rows) < 50
    assert not network.training
    assert "validation_loss" not in journal.rows[0]


def test_the_schedule_watches_the_validation_loss(training: Training, journal: Journal) -> None:
    far = [replace(sample, image=torch.rand(1, 8, 8)) for sample in training.samples]
    replace(training, samples=far).tuned(epochs=30, patience=0, factor=0.5).run(journal)
    rates, losses = journal.curve("learning_rate"), journal.curve("validation_loss")
    for epoch in range(1, len(rates)):
        stood_still = losses[epoch - 1] > min(losses[: epoch - 1], default=float("inf")) * (1 - 1e-4)
        assert (rates[epoch] < rates[epoch - 1]) == (stood_still and rates[epoch - 1] > training.settings.min_lr)


def test_a_cosine_falls_from_the_first_epoch_to_the_last_whatever_the_loss_does(
    training: Training, journal: Journal
) -> None:
    epochs, lr, min_lr = 8, 1e-7, 1e-9  # so little that a plateau would end it after three epochs
    training.tuned(schedule="cosine", epochs=epochs, patience=0, factor=0.01, lr=lr, min_lr=min_lr).run(journal)
    rates = journal.curve("learning_rate")
    assert rates == pytest.approx([min_lr + (lr - min_lr) * math.cos(math.pi * e / 16) ** 2 for e in range(epochs)])


def test_held_out_images_are_never_learnt_from(training: Training) -> None:
    network = training.run()
    held = {2, 7}  # by the hash of the ids in conftest
    others = [s if i not in held else replace(s, image=1 - s.image) for i, s in enumerate(training.samples)]
    assert alike(network, replace(training, samples=others).run())


@pytest.mark.parametrize("fault", [float("nan"), float("inf")])
def test_a_loss_that_is_not_finite_stops_with_a_remedy(training: Training, journal: Journal, fault: float) -> None:
    network = training.run()
    with pytest.raises(TrainingError, match=r"epoch 1, after 4 images.*lower model.training.lr.*fp32"):
        train(
            network,
            lambda images: network.loss(images) * fault,
            training.samples,
            training.settings,
            training.context(journal, precision="bf16"),
        )


def test_one_image_needs_no_validation_or_a_clear_word(training: Training, journal: Journal) -> None:
    one = replace(training, samples=training.samples[:1])
    with pytest.raises(TrainingError, match=r"1 training image\(s\).*validation_share to 0"):
        one.run()
    one.tuned(validation_share=0).run(journal)
    assert len(journal.rows) == 6


def test_no_image_is_an_error(training: Training) -> None:
    with pytest.raises(TrainingError, match="holds no image"):
        replace(training, samples=[]).run()


def test_mixed_sizes_are_an_error(training: Training) -> None:
    mixed = [*training.samples, Sample("wide.png", torch.rand(1, 8, 9), 0)]
    with pytest.raises(DatasetError, match="different sizes"):
        replace(training, samples=mixed).run()


def test_bf16_reaches_the_loss_of_fp32_and_keeps_float32_weights(training: Training, journal: Journal) -> None:
    narrow, wide = journal, type(journal)()
    network = training.run(narrow, precision="bf16")
    training.run(wide)
    assert narrow.curve("train_loss")[-1] == pytest.approx(wide.curve("train_loss")[-1], rel=0.05)
    assert {p.dtype for p in network.parameters()} == {torch.float32}


@pytest.mark.parametrize("precision", ["fp32", "bf16"])
def test_the_loss_runs_under_autocast_where_bf16_was_asked_for(
    training: Training, journal: Journal, precision: str
) -> None:
    network, seen = type(training.run())(), set()

    def loss(images: torch.Tensor) -> torch.Tensor:
        seen.add((network.training, torch.is_autocast_enabled("cpu")))
        return network.loss(images)

    context = training.context(journal, precision=precision)
    train(network, loss, training.samples, training.settings, context)
    assert seen == {(True, precision == "bf16"), (False, precision == "bf16")}


def test_without_a_folder_nothing_is_written(training: Training, journal: Journal) -> None:
    training.run(journal, checkpoint=None)
    assert not training.folder.exists()
