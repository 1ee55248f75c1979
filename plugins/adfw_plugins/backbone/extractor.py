"""The feature extractor: a frozen backbone cut open at named layers, with the normalisation it was trained under."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch
from torch import Tensor, nn

from adfw_plugins.backbone.network import cut_open, make_network
from adfw_plugins.backbone.weights import digest_of, read_weights

if TYPE_CHECKING:
    from adfw_plugins.backbone import PretrainedFeatures

PROBE = 256  # pixels: the side of an image that every backbone takes
IMAGENET_MEAN, IMAGENET_STD = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)


class FeatureExtractor(nn.Module):
    """Turns images into the outputs of some layers of a backbone.

    It is built without weights: `load` reads them when a model is fitted, and from then on they are part of the
    state, so that a saved detector needs no weights file. `weights_sha256` (32,) uint8 names them for the lineage.
    """

    def __init__(self, choice: PretrainedFeatures) -> None:
        super().__init__()
        self.choice = choice
        self.network = cut_open(make_network(choice.backbone), choice.backbone, choice.layers)
        self.register_buffer("weights_sha256", torch.zeros(32, dtype=torch.uint8))
        # Constants of a column each, so that they broadcast over (N, 3, H, W); no part of the state.
        self.register_buffer("mean", torch.tensor(IMAGENET_MEAN).view(3, 1, 1), persistent=False)
        self.register_buffer("std", torch.tensor(IMAGENET_STD).view(3, 1, 1), persistent=False)
        self.to(memory_format=torch.channels_last)
        self.requires_grad_(False).eval()

    weights_sha256: Tensor
    mean: Tensor
    std: Tensor

    def load(self, seed: int) -> str:
        """Read the chosen weights and return their SHA-256; `seed` draws the random ones.

        Raises TrainingError for a file or download that is missing, damaged, not finite or of another architecture.
        """
        state = read_weights(self.choice, self.network.state_dict(), seed)
        self.network.load_state_dict(state)
        digest = digest_of(state)
        self.weights_sha256.copy_(torch.frombuffer(bytearray.fromhex(digest), dtype=torch.uint8))
        return digest

    def widths(self) -> list[int]:
        """Return how many channels each layer has."""
        with torch.inference_mode(), torch.device(self.mean.device):
            return [features.shape[1] for features in self(torch.zeros(1, 3, PROBE, PROBE))]

    def train(self, mode: bool = True) -> FeatureExtractor:  # noqa: ARG002
        """Stay in eval mode: a frozen backbone keeps its statistics while the rest of a model trains."""
        return super().train(False)

    def forward(self, images: Tensor) -> list[Tensor]:
        """Return (N, C, h, w) float32 features, one for each layer, of (N, 1 or 3, H, W) images in [0, 1].

        Raises ValueError for images of another shape, or too small for the network.
        """
        if images.ndim != 4 or images.shape[1] not in (1, 3):
            raise ValueError(f"{self.choice.backbone} takes (N, 1 or 3, H, W) images, not {tuple(images.shape)}")
        # One image after the other stays in a CPU's cache: nearly twice as quick as the whole batch at once.
        step = 1 if images.device.type == "cpu" else max(1, len(images))
        parts = [self._look(part) for part in torch.split(images, step)]
        return [torch.cat(layer) if len(layer) > 1 else layer[0] for layer in zip(*parts, strict=True)]

    def normalise(self, images: Tensor) -> Tensor:
        """Return (N, 3, H, W) images as the backbone takes them, channels-last, of (N, 1 or 3, H, W) in [0, 1]."""
        normalised = (images.expand(-1, 3, -1, -1) - self.mean) / self.std
        return normalised.contiguous(memory_format=torch.channels_last)

    def _look(self, images: Tensor) -> list[Tensor]:
        reduced = self.choice.features_in == "bf16"
        try:
            with torch.autocast(images.device.type, torch.bfloat16, enabled=reduced):
                found = self.network(self.normalise(images))
        except RuntimeError as error:
            size = " x ".join(map(str, images.shape[-2:]))
            reason = " ".join(str(error).split())
            raise ValueError(f"{self.choice.backbone} cannot take images of {size} pixels: {reason}") from error
        return [found[layer].float() for layer in self.choice.layers]
