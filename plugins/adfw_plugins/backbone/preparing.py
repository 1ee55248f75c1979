"""What every model does with its backbone before it is fitted: weights, device, a look at the first image."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch

from adfw import TrainingError
from adfw_plugins.backbone.network import receptive_field

if TYPE_CHECKING:
    from collections.abc import Sequence

    from adfw import FitContext, Sample
    from adfw_plugins.backbone.extractor import FeatureExtractor


@torch.inference_mode()
def prepare(
    extractor: FeatureExtractor, samples: Sequence[Sample], context: FitContext, *, least: int = 1
) -> list[tuple[int, int, int]]:
    """Load the backbone's weights onto `context.device` and return the (C, h, w) of its layers for these images.

    Says which weights they are, and where images are smaller than the receptive field. Raises TrainingError for fewer
    than `least` images, for weights that cannot be used, and for images that the backbone cannot take.
    """
    if len(samples) < least:
        raise TrainingError(
            f"{len(samples)} training images, but this model needs at least {least}; "
            "add normal images, or lower dataset.calibration_share"
        )
    choice = extractor.choice
    digest = extractor.load(context.seed)
    extractor.to(context.device)
    context.progress.say(f"backbone {choice.backbone}, weights {choice.weights}, SHA-256 of the tensors {digest}")
    image = samples[0].image.to(context.device)
    try:
        layers = extractor(image[None])
    except ValueError as error:
        raise TrainingError(f"{samples[0].id}: {error}; use larger images (preprocessing.size)") from error
    for name, features in zip(choice.layers, layers, strict=True):
        if features.ndim != 4:
            raise TrainingError(f"model.layers: {name} returns {tuple(features.shape)}, no map; name a layer before it")
    side = receptive_field(extractor.network)
    if min(image.shape[-2:]) < side:
        height, width = image.shape[-2:]
        context.progress.say(
            f"images of {height} x {width} pixels are smaller than the receptive field of the backbone's layers "
            f"({side} x {side}): maps localise little; use larger images (preprocessing.size) or an earlier layer"
        )
    return [(features.shape[1], features.shape[2], features.shape[3]) for features in layers]
