"""The gate: faults planted into an export are found, and sound exports pass."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
import torch
import torch.nn.functional as F

from adfw import Cut, Detector, ExportError
from adfw.exports.graph import DetectorGraph
from adfw.exports.parity import require_parity
from adfw.exports.resizing import resize_by_products

if TYPE_CHECKING:
    from adfw import Sample


def graph_of(detector: Detector, *, half: bool = False, resize=resize_by_products, change=lambda image: image):
    """Return what an export computes, by torch, with faults to choose from."""
    module = DetectorGraph(detector)
    if half:
        for buffer in module.buffers():
            buffer.copy_(buffer.half().float())

    @torch.inference_mode()
    def run(images, levels):
        looks = []
        for image, level in zip(torch.from_numpy(images), torch.from_numpy(levels), strict=True):
            resized = resize(change(image), module.size)
            looks.append(module(resized, level))
        return tuple(torch.stack(part).numpy() for part in zip(*looks, strict=True))

    return run


def named(plates: list[Sample]) -> list[tuple[str, torch.Tensor]]:
    return [(plate.id, plate.image) for plate in plates]


def test_a_sound_graph_passes(detector: Detector, plates: list[Sample]) -> None:
    found = require_parity(detector, graph_of(detector), named(plates))
    assert found.images == len(plates) + 1
    assert found.from_files < 1e-4
    assert found.behind_resizing < 1e-6


def nearest(image: torch.Tensor, size: tuple[int, int]) -> torch.Tensor:
    return F.interpolate(image[None], size, mode="nearest")[0]


def unfiltered(image: torch.Tensor, size: tuple[int, int]) -> torch.Tensor:
    return F.interpolate(image[None], size, mode="bilinear", align_corners=False)[0]


@pytest.mark.parametrize(
    "fault",
    [
        {"half": True},
        {"change": lambda image: (image - 0.485) / 0.229},
        {"change": lambda image: image * 255},
        {"change": lambda image: image * (255 / 256)},
        {"resize": nearest},
        {"resize": unfiltered},
    ],
    ids=["fp16 weights", "another normalisation", "0 to 255", "255 / 256", "nearest", "not antialiased"],
)
def test_a_planted_fault_is_refused(fault, detector: Detector, plates: list[Sample]) -> None:
    with pytest.raises(ExportError, match="nothing is written"):
        require_parity(detector, graph_of(detector, **fault), named(plates))


def test_the_sentence_names_image_and_scores(detector: Detector, plates: list[Sample]) -> None:
    blind = Detector(**{**vars(detector), "cut": Cut(1e9)})
    with pytest.raises(ExportError, match=rf"^{plates[0].id}.*: the export's score .* differs from adfw's"):
        require_parity(blind, graph_of(detector, change=lambda image: image * 0), named(plates[:1]))


def test_another_verdict_is_refused_however_near_the_scores(detector: Detector, plates: list[Sample]) -> None:
    score = float(detector.score(detector.preprocessing.apply(plates[-1].image)[None])[0])
    at_the_cut = Detector(**{**vars(detector), "cut": Cut(score)})
    sound = graph_of(detector)

    def lower(images, levels):
        scores, maps = sound(images, levels)
        return np.nextafter(scores, np.float32(0)), maps

    with pytest.raises(ExportError, match=r"adfw says anomalous .* the export normal"):
        require_parity(at_the_cut, lower, named(plates[-1:]))


def test_a_nan_of_the_export_is_refused(detector: Detector, plates: list[Sample]) -> None:
    with pytest.raises(ExportError, match="the export invalid"):
        require_parity(detector, graph_of(detector, change=lambda image: image * torch.nan), named(plates))


def test_a_nan_in_the_map_makes_the_score_one(detector: Detector) -> None:
    module = DetectorGraph(detector)
    image = torch.full((1, 12, 10), 0.5)
    image[0, 3, 3] = torch.nan
    assert module(image, torch.tensor(255.0))[0].isnan()


@pytest.mark.parametrize("size", [(40, 31), (16, 16), (7, 50), (100, 3), (1, 1)])
def test_matrix_products_resize_like_torch(size: tuple[int, int]) -> None:
    image = torch.rand(3, 40, 31, generator=torch.Generator().manual_seed(0))
    expected = F.interpolate(image[None], size, mode="bilinear", antialias=True, align_corners=False)[0]
    torch.testing.assert_close(resize_by_products(image, size), expected, rtol=0, atol=5e-7)
