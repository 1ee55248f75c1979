"""Torchvision's classification networks: made by name, cut open at layers by name."""

from __future__ import annotations

import difflib
import re
from typing import TYPE_CHECKING

import torch
from torch import nn
from torchvision import models  # type: ignore[import-untyped]
from torchvision.models.feature_extraction import (  # type: ignore[import-untyped]
    create_feature_extractor,
    get_graph_node_names,
)

from adfw import RecipeError

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence


def make_network(backbone: str, seed: int = 0) -> nn.Module:
    """Return an untrained classification network in eval mode, the same for the same seed.

    Raises RecipeError with what there is for a name that torchvision does not know.
    """
    known = models.list_models(module=models)
    if backbone not in known:
        raise RecipeError([f"model.backbone: torchvision has no network {backbone!r}; {_advice(backbone, known)}"])
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        network: nn.Module = models.get_model(backbone, weights=None)
    return network.eval()


def cut_open(network: nn.Module, backbone: str, layers: Sequence[str]) -> nn.Module:
    """Return a network that ends at its deepest of the layers and returns the output of each, by name.

    Raises RecipeError with the layers that exist for one that does not.
    """
    nodes = get_graph_node_names(network, suppress_diff_warning=True)[1]
    known = list(dict.fromkeys(prefix for node in nodes for prefix in _prefixes(node)))
    wrong = [layer for layer in layers if layer not in known]
    if wrong:
        # The whole list runs to hundreds of lines for a deep network: two levels show its plan.
        shown = [name for name in known if name.count(".") < 2]
        raise RecipeError(
            [f"model.layers: {backbone} has no layer {layer!r}; {_advice(layer, known, shown)}" for layer in wrong]
        )
    outputs = {layer: layer for layer in layers}
    cut: nn.Module = create_feature_extractor(network, outputs, suppress_diff_warning=True)
    return cut.eval()


def receptive_field(network: nn.Module) -> int:
    """Return the side, in pixels, of the square of the image that the deepest output of a cut network looks at."""
    reach: dict[object, tuple[int, int]] = {}
    modules = dict(network.named_modules())
    deepest = 1
    for node in network.graph.nodes:  # type: ignore[union-attr]
        before = [reach[source] for source in node.all_input_nodes]
        side, step = (max(column) for column in zip(*before, strict=True)) if before else (1, 1)
        layer = modules.get(node.target) if node.op == "call_module" else None
        if isinstance(layer, (nn.Conv2d, nn.MaxPool2d, nn.AvgPool2d)):
            kernel, stride, dilation = (_side(getattr(layer, key, 1)) for key in ("kernel_size", "stride", "dilation"))
            side, step = side + (kernel - 1) * dilation * step, step * stride
        reach[node] = (side, step)
        deepest = max(deepest, side)
    return deepest


def _side(value: int | tuple[int, ...]) -> int:
    return value if isinstance(value, int) else max(value)


def _prefixes(node: str) -> list[str]:
    parts = node.split(".")
    return [".".join(parts[:count]) for count in range(1, len(parts) + 1)]


def _advice(wrong: str, known: Iterable[str], shown: Iterable[str] | None = None) -> str:
    near = difflib.get_close_matches(wrong, list(known), n=1)
    hint = f"; did you mean {near[0]!r}?" if near else ""
    return f"allowed: {', '.join(sorted(known if shown is None else shown, key=_natural))}{hint}"


def _natural(name: str) -> list[tuple[int, str]]:
    """Sort features.10 behind features.9."""
    return [(int(part), "") if part.isdigit() else (-1, part) for part in re.split(r"(\d+)", name)]
