"""The graph of a detector: from images at their own size to scores and anomaly maps, traced image by image."""

from __future__ import annotations

import copy
import logging
import warnings
from contextlib import contextmanager
from typing import TYPE_CHECKING

import torch
from torch import Tensor, nn
from torch._higher_order_ops import scan

from adfw.errors import ExportError
from adfw.exports.resizing import antialiased, resize_by_products

if TYPE_CHECKING:
    from collections.abc import Iterator

    from torch.export import ExportedProgram

    from adfw.detector import Detector

INPUTS = ("images", "levels")
OUTPUTS = ("scores", "maps")
_PROBE = (48, 80)  # pixels: height and width, of which nothing stays in a graph for images of any size
_KEPT_IN_META = ("val", "tensor_meta")


class DetectorGraph(nn.Module):
    """Resizing, rounding to the grid, model, maps and pooling, for one image after the other.

    Images of a batch do not influence each other, so a graph that loops over them is the model itself, whatever loops
    over images its own code contains; and all shapes behind the resizing are fixed.
    """

    def __init__(self, detector: Detector) -> None:
        super().__init__()
        self.model = copy.deepcopy(detector.model).cpu().requires_grad_(False)
        self.scorer = detector.scorer
        self.size = detector.preprocessing.shape[1:]

    def forward(self, images: Tensor, levels: Tensor) -> tuple[Tensor, Tensor]:
        """Return (N,) float32 scores and (N, h, w) maps of (N, C, H, W) float32 images on grids of (N,) levels."""

        def step(count: Tensor, pair: tuple[Tensor, Tensor]) -> tuple[Tensor, tuple[Tensor, Tensor]]:
            return count + 1, self.look(*pair)

        found: tuple[Tensor, Tensor] = scan(step, torch.zeros(()), (images, levels))[1]
        return found

    def look(self, image: Tensor, levels: Tensor) -> tuple[Tensor, Tensor]:
        """Return the () score and the (h, w) map of one (C, H, W) image."""
        resized = resize_by_products(image, self.size)
        prepared = torch.round(resized.clamp(0, 1) * levels) / levels
        maps = self.scorer.maps(self.model.examine(prepared[None]), self.size)
        score = self.scorer.score(maps)[0]
        # Not every runtime's maximum keeps a NaN, and an image with one must not pass
        broken = maps.isnan().any() | score.isnan()
        return torch.where(broken, torch.full_like(score, torch.nan), score), maps[0]


def trace(detector: Detector) -> ExportedProgram:
    """Trace a detector's graph for a batch of any size of images of any size.

    Raises ExportError where the model's or the scorer's code cannot be traced.
    """
    graph = DetectorGraph(detector).eval()
    channels = detector.preprocessing.shape[0]
    images = torch.rand(2, channels, *_PROBE)
    free = torch.export.Dim.AUTO
    try:
        with torch.no_grad(), quiet(logging.getLogger("torch.export")):
            program = torch.export.export(
                graph,
                (images, torch.full((2,), 255.0)),
                dynamic_shapes=({0: free, 2: free, 3: free}, {0: free}),
                strict=False,
            )
            program = program.run_decompositions({torch.ops.aten._upsample_bilinear2d_aa.default: antialiased})
    except Exception as error:  # whatever a stranger's code or the tracer raises
        raise ExportError(f"{_names(detector)} cannot be traced: {first_line(error)}") from error
    return _plain(program)


@contextmanager
def quiet(logger: logging.Logger) -> Iterator[None]:
    """Keep a tool's remarks on its own workings from the user: its warnings, and those that it logs."""
    before = logger.level
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        logger.setLevel(logging.ERROR)
        try:
            yield
        finally:
            logger.setLevel(before)


def first_line(error: Exception) -> str:
    """Return what an exception of many lines begins with."""
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    return f"{type(error).__name__}: {lines[0] if lines else 'no reason given'}"


def _names(detector: Detector) -> str:
    return f"the model {detector.model_config.name} with the scorer {detector.scorer_config.label()}"


def _plain(program: ExportedProgram) -> ExportedProgram:
    """Take out what names files of this machine, and the example images, which would be kept as a pickle."""
    for module in program.graph_module.modules():
        for node in module.graph.nodes if isinstance(module, torch.fx.GraphModule) else ():
            node.meta = {key: value for key, value in node.meta.items() if key in _KEPT_IN_META}
    program.example_inputs = None
    return program
