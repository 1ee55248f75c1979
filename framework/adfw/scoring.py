"""Scores a trained model's images with any number of scorers in one pass over the images."""

from __future__ import annotations

import statistics
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

import torch
from torch import Tensor

from adfw.evaluation.localisation import PixelHistogram
from adfw.images.store import batches
from adfw.maps import resize_maps
from adfw.scores import ScoreTable

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from adfw.detector import Detector
    from adfw.interfaces import Model, Sample, Scorer
    from adfw.journal import Journal

BATCH = 8
LATENCY_IMAGES = 16

Row = tuple[str, str, int, str, float]
ScoredSplit = Literal["calibration", "test", "synthetic"]


@dataclass
class Reconstruction:
    """Errors of the expected image, where the model's first evidence is an image: one number an image."""

    squared_error: list[float] = field(default_factory=list)
    sharpness: list[float] = field(default_factory=list)

    def update(self, observed: Tensor, expected: Tensor) -> None:
        """Add (N, C, H, W) images and their reconstructions."""
        self.squared_error += (observed - expected).square().mean((1, 2, 3)).tolist()
        self.sharpness += (_gradient_energy(expected) / _gradient_energy(observed).clamp_min(1e-12)).tolist()


def _gradient_energy(images: Tensor) -> Tensor:
    """Return the mean squared difference of neighbouring pixels, (N,)."""
    down, right = images.diff(dim=-2), images.diff(dim=-1)
    return down.square().mean((1, 2, 3)) + right.square().mean((1, 2, 3))


@dataclass
class Scored:
    """What one pass over some splits measured, by scorer: rows of scores, and pixel histograms of the test images."""

    splits: tuple[ScoredSplit, ...]
    rows: list[list[Row]]
    pixels: list[PixelHistogram]
    reconstruction: Reconstruction = field(default_factory=Reconstruction)

    def tables(self) -> list[ScoreTable]:
        """Return the scores of all images by scorer."""
        return [ScoreTable.of(rows) for rows in self.rows]


@torch.inference_mode()
def score_images(
    model: Model,
    scorers: Sequence[Scorer],
    parts: Mapping[ScoredSplit, Sequence[Sample]],
    device: str,
    journal: Journal,
) -> Scored:
    """Score the samples of every split; anomaly maps of "test" are compared with masks at the masks' own size."""
    scored = Scored(tuple(parts), [[] for _ in scorers], [PixelHistogram() for _ in scorers])
    total, done = sum(len(samples) for samples in parts.values()), 0
    for split, samples in parts.items():
        for batch in batches(samples, BATCH):
            images = batch.images.to(device)
            evidence = model.examine(images)
            for index, scorer in enumerate(scorers):
                maps = scorer.maps(evidence, (images.shape[-2], images.shape[-1]))
                scores = scorer.score(maps).double().tolist()
                scored.rows[index] += [_row(split, *pair) for pair in zip(batch.samples, scores, strict=True)]
                if split == "test":
                    _update_pixels(scored.pixels[index], maps.cpu(), batch.samples)
            first, normal = evidence[0], [s.label == 0 and split == "test" for s in batch.samples]
            if any(normal) and first.observed.shape == images.shape:
                scored.reconstruction.update(first.observed[normal], first.expected[normal])
            done += len(batch.samples)
            journal.step(done, total, {})
    return scored


def _row(split: str, sample: Sample, score: float) -> Row:
    return sample.id, split, sample.label, sample.defect, score


def _update_pixels(pixels: PixelHistogram, maps: Tensor, samples: Sequence[Sample]) -> None:
    for anomaly_map, sample in zip(maps, samples, strict=True):
        if not torch.isfinite(anomaly_map).all():
            continue  # the image's score is not finite either, so its verdict is `invalid`
        size = anomaly_map.shape if sample.mask is None else sample.mask.shape
        pixels.update(resize_maps(anomaly_map[None], (size[0], size[1])), [sample.mask], labels=[sample.label])


def latency_ms(detector: Detector, samples: Sequence[Sample]) -> float:
    """Return the median milliseconds from one preprocessed image to its score, images one by one."""
    times = []
    for index in range(min(LATENCY_IMAGES, len(samples))):
        image = detector.preprocessing.apply(samples[index].image)[None]
        start = time.perf_counter()
        detector.score(image)
        times.append(1000 * (time.perf_counter() - start))
    return statistics.median(times)
