"""STFPM as a model: a frozen teacher, a student of the same architecture that matches it layer by layer."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from adfw import Evidence, FitContext, Model, Sample, train
from adfw_plugins.backbone.extractor import FeatureExtractor
from adfw_plugins.backbone.network import cut_open, make_network
from adfw_plugins.backbone.preparing import prepare

if TYPE_CHECKING:
    from collections.abc import Sequence

    from adfw_plugins.student_teacher import StudentTeacherConfig


class StudentTeacher(Model, nn.Module):
    """Teacher and student; the evidence of each layer is their features, each vector of length 1."""

    def __init__(self, config: StudentTeacherConfig) -> None:
        super().__init__()
        self.config = config
        self.teacher = FeatureExtractor(config)
        self.student = self._new_student(seed=0)
        self.to(memory_format=torch.channels_last)

    def fit(self, train_samples: Sequence[Sample], context: FitContext) -> None:
        """Train the student; see Model.fit."""
        prepare(self.teacher, train_samples, context)
        # Random weights of the teacher come from the seed itself: the student must not start as its copy.
        self.student.load_state_dict(self._new_student(context.seed + 1).state_dict())
        train(self.student, self._loss, train_samples, self.config.training, context)
        self.eval()

    @torch.inference_mode()
    def examine(self, images: Tensor) -> tuple[Evidence, ...]:
        """Return one Evidence(teacher's features, student's) for each layer; raises ValueError for other shapes."""
        if len(images) == 0:
            raise ValueError("there is no image to examine")
        images = images.to(self.teacher.mean.device)
        taught = self.teacher(images)
        learnt = zip(*(self._look(image[None]) for image in images), strict=True)
        return tuple(
            Evidence(F.normalize(teacher), F.normalize(torch.cat(student)))
            for teacher, student in zip(taught, learnt, strict=True)
        )

    def _loss(self, images: Tensor) -> Tensor:
        """Return half the squared distance of the features, averaged over places, summed over layers (equation 2)."""
        with torch.no_grad():
            taught = self.teacher(images)
        pairs = zip(taught, self._look(images), strict=True)
        return torch.stack([(F.normalize(t) - F.normalize(s)).square().sum(1).mean() / 2 for t, s in pairs]).sum()

    def _look(self, images: Tensor) -> list[Tensor]:
        found = self.student(self.teacher.normalise(images))
        return [found[layer].float() for layer in self.config.layers]

    def _new_student(self, seed: int) -> nn.Module:
        config = self.config
        return cut_open(make_network(config.backbone, seed), config.backbone, config.layers)
