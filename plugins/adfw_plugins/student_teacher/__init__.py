"""Student and teacher: where a student has not learnt to predict its teacher, the image is anomalous."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, Self

from adfw import Component, Model, TrainingSettings, hookimpl
from adfw_plugins.backbone import PretrainedFeatures

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path


class StudentTeacherConfig(PretrainedFeatures, Component[Model]):
    """Trains a network to predict the features of a pretrained one of its kind, on normal images only (STFPM).

    Wang, Han, Ding, Huang: Student-Teacher Feature Pyramid Matching for Anomaly Detection, BMVC 2021. The evidence of
    each layer is the teacher's features and the student's, both of length 1. The paper multiplies the layers' maps;
    scorers average them.
    """

    name: Literal["student_teacher"] = "student_teacher"
    training: TrainingSettings = TrainingSettings(keep="validation_loss")

    @classmethod
    def conformance_examples(cls, folder: Path) -> Sequence[Self]:
        """Return a configuration that takes small images and two epochs."""
        quick = {"training": TrainingSettings(epochs=2, batch_size=4)}
        return [example.model_copy(update=quick) for example in super().conformance_examples(folder)]

    def build(self) -> Model:
        """Make teacher and student, both untrained."""
        from adfw_plugins.student_teacher.model import StudentTeacher

        return StudentTeacher(self)


@hookimpl
def adfw_models() -> Iterable[type[Component[Model]]]:
    """Return the configurations of models."""
    return [StudentTeacherConfig]
