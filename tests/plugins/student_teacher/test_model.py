"""The student follows its teacher on what it was shown."""

from __future__ import annotations

import torch

from adfw import FitContext, Model, Sample, TrainingSettings
from adfw_plugins.student_teacher import StudentTeacherConfig


class Rows:
    """A Progress that keeps the training curves."""

    def __init__(self) -> None:
        self.rows: list[dict[str, float]] = []

    def step(self, done: float, total: float, figures: object) -> None: ...

    def record(self, figures: dict[str, float]) -> None:
        self.rows.append(dict(figures))

    def say(self, sentence: str) -> None: ...


def fitted(epochs: int) -> tuple[Model, Rows]:
    generator = torch.Generator().manual_seed(0)
    base = torch.rand(3, 32, 32, generator=generator)
    train = [Sample(f"{i}.png", (base + 0.02 * i / 8).clamp(0, 1), 0) for i in range(8)]
    settings = TrainingSettings(epochs=epochs, batch_size=4, keep="validation_loss")
    model = StudentTeacherConfig(weights="random", layers=("features.3",), training=settings).build()
    model.fit(train, FitContext(device="cpu", precision="fp32", seed=0, progress=(rows := Rows())))
    return model, rows


def test_it_learns_and_the_teacher_stays() -> None:
    model, rows = fitted(6)
    assert rows.rows[-1]["train_loss"] < 0.9 * rows.rows[0]["train_loss"]
    again = StudentTeacherConfig(weights="random", layers=("features.3",)).build()
    again.teacher.load(0)
    for key, value in again.teacher.state_dict().items():
        assert torch.equal(value, model.teacher.state_dict()[key]), key


def test_the_student_does_not_start_as_a_copy_of_a_random_teacher() -> None:
    assert fitted(1)[1].rows[0]["train_loss"] > 0.01


def test_evidence_has_length_one_and_one_entry_for_each_layer() -> None:
    model, _ = fitted(1)
    (evidence,) = model.examine(torch.rand(2, 3, 32, 32))
    for side in (evidence.observed, evidence.expected):
        assert side.shape == (2, 128, 7, 7)
        torch.testing.assert_close(side.norm(dim=1), torch.ones(2, 7, 7))
