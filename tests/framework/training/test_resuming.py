from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
import torch
from torch import nn

from adfw import TrainingError, train
from adfw.training.checkpoint import NEWEST, PREVIOUS

if TYPE_CHECKING:
    from conftest import Journal, Training


class Killed(BaseException):
    """Stands for Ctrl-C: nothing in the framework may catch it."""


def interrupt(training: Training, journal: Journal, epoch: int, **changes: object) -> None:
    """Train until just before the state of `epoch` is saved."""

    def kill(epochs: int) -> None:
        if epochs == epoch:
            raise Killed

    journal.after = kill
    with pytest.raises(Killed):
        training.run(journal, **changes)


def alike(one: nn.Module, other: nn.Module) -> bool:
    first, second = one.state_dict(), other.state_dict()
    return all(torch.equal(first[key], second[key]) for key in first)


def without_speed(rows: list[dict[str, float]]) -> list[dict[str, float]]:
    return [{key: value for key, value in row.items() if key != "images_per_s"} for row in rows]


@pytest.mark.parametrize(("precision", "schedule"), [("fp32", "plateau"), ("bf16", "plateau"), ("fp32", "cosine")])
@pytest.mark.parametrize("epoch", [2, 4, 6])
def test_a_resumed_training_ends_with_the_same_weights_bit_for_bit(
    training: Training, journal: Journal, epoch: int, precision: str, schedule: str
) -> None:
    training = training.tuned(schedule=schedule)
    whole = type(journal)()
    expected = training.run(whole, checkpoint=None, precision=precision)
    interrupt(training, journal, epoch, precision=precision)
    rest = type(journal)()
    resumed = training.run(rest, resume=True, precision=precision)
    assert alike(resumed, expected)
    assert without_speed(rest.rows) == without_speed(whole.rows)
    assert rest.said == [f"Going on after epoch {epoch - 1} of 6."]


def test_an_interruption_in_the_midst_of_an_epoch_costs_that_epoch(training: Training, journal: Journal) -> None:
    expected = training.run(checkpoint=None)

    def kill(done: float, total: float, figures: object) -> None:
        if done > 3.5:
            raise KeyboardInterrupt

    journal.step = kill
    with pytest.raises(KeyboardInterrupt):
        training.run(journal)
    assert len(journal.rows) == 3
    assert alike(training.run(resume=True), expected)


def test_a_finished_training_is_not_trained_again(training: Training, journal: Journal) -> None:
    expected = training.run()
    assert alike(training.run(journal, resume=True), expected)
    assert all(done == 0 for done, _, _ in journal.steps)
    assert len(journal.rows) == 6


def test_more_epochs_go_on_from_the_last(training: Training, journal: Journal) -> None:
    longer = training.tuned(epochs=9)
    expected = longer.run(checkpoint=None)
    training.run()
    assert alike(longer.run(journal, resume=True), expected)


def test_a_cosine_of_more_epochs_is_another_training(training: Training, journal: Journal) -> None:
    interrupt(training.tuned(schedule="cosine"), journal, 3)
    with pytest.raises(TrainingError, match="different settings"):
        training.tuned(schedule="cosine", epochs=9).run(resume=True)


def test_nothing_to_resume_begins_anew_and_says_so(training: Training, journal: Journal) -> None:
    assert alike(training.run(journal, resume=True), training.run())
    assert "begins anew" in journal.said[0]


def test_a_damaged_state_falls_back_to_the_epoch_before_and_says_so(training: Training, journal: Journal) -> None:
    expected = training.run(checkpoint=None)
    interrupt(training, journal, 5)
    newest = training.folder / NEWEST
    newest.write_bytes(newest.read_bytes()[:-9])
    rest = type(journal)()
    assert alike(training.run(rest, resume=True), expected)
    assert "damaged" in rest.said[0]
    assert rest.said[1] == "Going on after epoch 3 of 6."


def test_damage_everywhere_is_an_error(training: Training, journal: Journal) -> None:
    interrupt(training, journal, 5)
    for name in (NEWEST, PREVIOUS):
        (training.folder / name).write_bytes(b"\x08")
    with pytest.raises(TrainingError, match="start the run anew"):
        training.run(resume=True)


@pytest.mark.parametrize(
    ("changes", "what"), [({"seed": 8}, "seed"), ({"precision": "bf16"}, "precision"), ({"compile": True}, "compile")]
)
def test_another_training_is_not_resumed(
    training: Training, journal: Journal, changes: dict[str, object], what: str
) -> None:
    interrupt(training, journal, 3)
    with pytest.raises(TrainingError, match=f"begun with different {what}; resume it with the recipe"):
        training.run(resume=True, **changes)


def test_other_images_or_settings_are_not_resumed(training: Training, journal: Journal) -> None:
    interrupt(training, journal, 3)
    faster = training.settings.model_copy(update={"lr": 0.02})
    other = replace(training, samples=training.samples[1:], settings=faster)
    with pytest.raises(TrainingError, match="different images and settings"):
        other.run(resume=True)


def test_another_network_is_not_resumed(training: Training, journal: Journal) -> None:
    interrupt(training, journal, 3)
    network = nn.Conv2d(1, 1, 1)
    with pytest.raises(TrainingError, match="belongs to another network"):
        train(
            network,
            lambda images: network(images).mean(),
            training.samples,
            training.settings,
            training.context(journal, resume=True),
        )
