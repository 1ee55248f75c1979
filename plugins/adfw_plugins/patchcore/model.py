"""PatchCore as a model: patches of normal images, a coreset of them, nearest neighbours in it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch
from torch import Tensor, nn

from adfw import Evidence, FitContext, Model, Sample, native_bf16
from adfw_plugins.backbone.extractor import FeatureExtractor
from adfw_plugins.backbone.preparing import prepare
from adfw_plugins.backbone.stacking import averaged
from adfw_plugins.backbone.work import Work
from adfw_plugins.patchcore.bank import choose_patches
from adfw_plugins.patchcore.cells import Cells, make_cells
from adfw_plugins.patchcore.distance import as_centres, as_points
from adfw_plugins.patchcore.patches import TrainingPatches, as_rows
from adfw_plugins.patchcore.projection import coreset_projection, principal_axes
from adfw_plugins.patchcore.reweighting import reweighted
from adfw_plugins.patchcore.search import nearest

if TYPE_CHECKING:
    from collections.abc import Sequence

    from adfw_plugins.patchcore import PatchCoreConfig

SEARCHED = 92  # dimensions in which neighbours are looked for
AXES_FROM = 16  # images


class PatchCore(Model, nn.Module):
    """Remembers patches of normal images; the evidence is the patches and their nearest neighbours in memory.

    `bank` (K, C) bf16 are the patches; `mean` (C,) and `axes` (C, d) project them to where neighbours are looked for,
    and `centres` (K, d + 4) bf16 is the bank there, in the form of `distance`; `pivots` (P, d + 4) bf16 and `members`
    (P, L) int64 are its cells.
    """

    bank: Tensor
    mean: Tensor
    axes: Tensor
    centres: Tensor
    pivots: Tensor
    members: Tensor

    def __init__(self, config: PatchCoreConfig) -> None:
        super().__init__()
        self.config = config
        self.extractor = FeatureExtractor(config)
        for name in ("mean", "axes"):
            self.register_buffer(name, torch.empty(0))
        for name in ("bank", "centres", "pivots"):
            self.register_buffer(name, torch.empty(0, dtype=torch.bfloat16))
        self.register_buffer("members", torch.empty(0, dtype=torch.int64))

    @torch.inference_mode()
    def fit(self, train: Sequence[Sample], context: FitContext) -> None:
        """Fill the memory bank; see Model.fit."""
        layers = prepare(self.extractor, train, context)
        looked_at = range(0, len(train), -(-len(train) // AXES_FROM))
        work = Work(context.progress, len(looked_at) + 3 * len(train))
        each = layers[0][1] * layers[0][2]
        patches = TrainingPatches(train, self._patches, each, context.device, work)
        generator = torch.Generator().manual_seed(context.seed)
        self.mean, axes = principal_axes(patches.of(looked_at))
        project = _CoresetPoints(self.mean, coreset_projection(axes, generator), _dtype(context.device))
        chosen = choose_patches(patches, project, self.config.coreset, self.config.memory_mb, generator)
        self._remember(patches.take(chosen), axes[:, :SEARCHED].contiguous(), generator)
        self.to(context.device).eval()
        context.progress.say(f"memory bank: {len(chosen)} of the {len(patches)} patches of {len(train)} images")

    @torch.inference_mode()
    def examine(self, images: Tensor) -> tuple[Evidence, ...]:
        """Return one Evidence(patches, their nearest neighbours); raises ValueError for images it cannot take."""
        if len(images) == 0:
            raise ValueError("there is no image to examine")
        pairs = [self._compare(image[None]) for image in images.to(self.bank.device)]
        observed, expected = (side[0] if len(side) == 1 else torch.cat(side) for side in zip(*pairs, strict=True))
        return (Evidence(observed, expected),)

    def _patches(self, images: Tensor) -> Tensor:
        return averaged(self.extractor(images), self.config.patch)

    def _remember(self, bank: Tensor, axes: Tensor, generator: torch.Generator) -> None:
        self.bank, self.axes = bank, axes
        points = self._points(bank.float(), torch.bfloat16)
        self.centres = as_centres(points)
        self.pivots, self.members = make_cells(points.float(), generator)
        self.pivots = self.pivots.bfloat16()

    def _points(self, rows: Tensor, dtype: torch.dtype) -> Tensor:
        centred = rows - self.mean
        return as_points(centred @ self.axes, torch.linalg.vector_norm(centred, dim=1).square(), dtype)

    def _compare(self, image: Tensor) -> tuple[Tensor, Tensor]:
        """Return the (1, C, h, w) patches of one image and what was expected in their place."""
        patches = self._patches(image)
        rows = as_rows(patches)
        points = self._points(rows, torch.float32)  # bf16 would be no quicker, and other machines find other neighbours
        cells = Cells(self.pivots.float(), self.members)
        found = nearest(rows, points, self.bank, self.centres.float(), cells)
        neighbours = self.config.reweight
        expected = reweighted(rows, found, self.bank, neighbours) if neighbours else self.bank[found].float()
        return patches, expected.view(1, *patches.shape[-2:], -1).permute(0, 3, 1, 2)


class _CoresetPoints:
    """Turns (n, C) rows into the points among which the coreset is chosen."""

    def __init__(self, mean: Tensor, projection: Tensor, dtype: torch.dtype) -> None:
        self.mean, self.projection, self.dtype = mean, projection, dtype

    def __call__(self, rows: Tensor) -> Tensor:
        projected = ((rows - self.mean) @ self.projection).to(self.dtype)
        return as_points(projected, projected.float().square().sum(1), self.dtype)


def _dtype(device: str) -> torch.dtype:
    return torch.bfloat16 if native_bf16(device) else torch.float32
