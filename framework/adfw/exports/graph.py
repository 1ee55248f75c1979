"""The graph of a detector: from images at their own size to scores and anomaly maps, traced image by image."""

from __future__ import annotations

import copy
import logging
import warnings
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

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
    """Resizing, rounding to the grid, model, maps and pooling of one image.

    All shapes behind the resizing are fixed, whatever loops over images the model's own code contains.
    """

    def __init__(self, detector: Detector) -> None:
        super().__init__()
        self.model = copy.deepcopy(detector.model).cpu().requires_grad_(False)
        self.scorer = detector.scorer
        self.size = detector.preprocessing.shape[1:]

    def forward(self, image: Tensor, levels: Tensor) -> tuple[Tensor, Tensor]:
        """Return the () score and the (h, w) map of one (C, H, W) image on a grid of () levels."""
        resized = resize_by_products(image, self.size)
        prepared = torch.round(resized.clamp(0, 1) * levels) / levels
        maps = self.scorer.maps(self.model.examine(prepared[None]), self.size)
        score = self.scorer.score(maps)[0]
        # Not every runtime's maximum keeps a NaN, and an image with one must not pass
        broken = maps.isnan().any() | score.isnan()
        return torch.where(broken, torch.full_like(score, torch.nan), score), maps[0]


class _Batch(nn.Module):
    """One image after the other: they do not influence each other, so this is the detector on a batch of any size."""

    def __init__(self, one: nn.Module) -> None:
        super().__init__()
        self.one = one

    def forward(self, images: Tensor, levels: Tensor) -> tuple[Tensor, Tensor]:
        """Return (N,) float32 scores and (N, h, w) maps of (N, C, H, W) float32 images on grids of (N,) levels."""

        def step(count: Tensor, pair: tuple[Tensor, Tensor]) -> tuple[Tensor, tuple[Tensor, Tensor]]:
            return count + 1, self.one(*pair)

        found: tuple[Tensor, Tensor] = scan(step, torch.zeros(()), (images, levels))[1]
        return found


def trace(detector: Detector) -> ExportedProgram:
    """Trace a detector's graph for a batch of any size of images of any size.

    Raises ExportError where the model's or the scorer's code cannot be traced.
    """
    images, levels = torch.rand(2, detector.preprocessing.shape[0], *_PROBE), torch.full((2,), 255.0)
    free = torch.export.Dim.AUTO
    try:
        with torch.no_grad(), quiet(logging.getLogger("torch.export")):
            # First one image, and then the loop: the capture of a loop's body takes plain graphs only
            one = _traced(DetectorGraph(detector).eval(), (images[0], levels[0]), ({1: free, 2: free}, None))
            _refuse_chance(one)
            one = one.run_decompositions({torch.ops.aten._upsample_bilinear2d_aa.default: antialiased})
            whole = _Batch(one.module(check_guards=False))
            program = _traced(whole, (images, levels), ({0: free, 2: free, 3: free}, {0: free}))
    except ExportError as error:
        raise ExportError(f"{_names(detector)} cannot be exported: {error}") from error
    except Exception as error:  # whatever a stranger's code or the tracer raises
        raise ExportError(f"{_names(detector)} cannot be traced: {first_line(error)}") from error
    return _plain(program)


def _traced(module: nn.Module, example: tuple[Tensor, Tensor], free: tuple[Any, Any]) -> ExportedProgram:
    return torch.export.export(module, example, dynamic_shapes=free, strict=False)


def _refuse_chance(program: ExportedProgram) -> None:
    """Raise ExportError for code that draws random numbers, also those of a seed: no other runtime draws the same."""
    for node in program.graph.nodes:
        drops_nothing = "dropout" in str(node.target) and node.args[-1] is False  # it is in eval mode
        if torch.Tag.nondeterministic_seeded in getattr(node.target, "tags", ()) and not drops_nothing:
            raise ExportError(f"it draws random numbers ({node.target}), which no other runtime repeats")


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
