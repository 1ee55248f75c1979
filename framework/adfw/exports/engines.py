"""The forms of an export: how each is written, and how it is run by its own runtime."""

from __future__ import annotations

import logging
from collections.abc import Callable
from importlib import import_module
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

import numpy as np
import numpy.typing as npt
import torch

from adfw.errors import ExportError
from adfw.exports.graph import INPUTS, OUTPUTS, first_line, quiet

if TYPE_CHECKING:
    from pathlib import Path

    from torch.export import ExportedProgram

Target = Literal["onnx", "openvino", "torch"]
Floats = npt.NDArray[np.float32]
Graph = Callable[[Floats, Floats], tuple[Floats, Floats]]
"""(N, C, H, W) images and (N,) levels to (N,) scores and (N, h, w) maps."""

PACKAGES = {"onnx": "onnxruntime", "openvino": "openvino", "torch": "torch"}
"""What runs each form."""
OPSET = 18
LARGEST_ONNX = 2**31 - 2**20  # bytes that one protobuf file holds


class Engine(NamedTuple):
    """One form: its file, the extra that installs the package which runs it, and two functions."""

    file: str
    extra: str
    write: Callable[[ExportedProgram, Path], None]
    load: Callable[[Path], Graph]


def engine_of(target: str) -> Engine:
    """Return an engine by name; raises ExportError for an unknown one or where its runtime is not installed."""
    if target not in ENGINES:
        raise ExportError(f"there is no export to {target!r}; allowed: {', '.join(ENGINES)}")
    engine = ENGINES[target]
    try:
        import_module(PACKAGES[target])
    except ImportError as error:
        raise ExportError(
            f"{target} needs the package {PACKAGES[target]}; pip install 'adfw[{engine.extra}]' ({error})"
        ) from error
    return engine


def _write_torch(program: ExportedProgram, path: Path) -> None:
    with quiet(logging.getLogger("torch.export")):
        torch.export.save(program, path)


def _load_torch(path: Path) -> Graph:
    with quiet(logging.getLogger("torch.export")):
        module = torch.export.load(path).module()

    @torch.inference_mode()
    def run(images: Floats, levels: Floats) -> tuple[Floats, Floats]:
        scores, maps = module(torch.from_numpy(images), torch.from_numpy(levels))
        return scores.numpy(), maps.numpy()

    return run


def _to_onnx(program: ExportedProgram) -> Any:
    """Return an ONNX model that says nothing of this machine."""
    with quiet(logging.getLogger("torch.onnx")):
        made: Any = torch.onnx.export(
            program,
            dynamo=True,
            opset_version=OPSET,
            input_names=INPUTS,
            output_names=OUTPUTS,
            verbose=False,
        )
    model = made.model_proto
    _weights_into_loop(model.graph)
    return model


def _weights_into_loop(graph: Any) -> None:
    """Move constants into the loop that uses them: ONNX Runtime rearranges the weights of a graph's own only.

    Measured: efficient_ad 94 ms of a processor before, 66 ms after.
    """
    [loop] = (attribute.g for node in graph.node for attribute in node.attribute if attribute.name == "body")
    outside = {name for node in graph.node for name in node.input}
    constants = list(graph.initializer)
    del graph.initializer[:]
    for constant in constants:
        (graph if constant.name in outside else loop).initializer.append(constant)


def _write_onnx(program: ExportedProgram, path: Path) -> None:
    size = sum(tensor.numel() * tensor.element_size() for tensor in program.state_dict.values())
    if size > LARGEST_ONNX:
        raise ExportError(f"{size / 1e9:.1f} GB of weights do not fit into one ONNX file of 2 GB; use --to torch")
    try:
        model = _to_onnx(program)
    except Exception as error:
        raise ExportError(f"ONNX cannot say what this detector computes: {_cause(error)}; try --to torch") from error
    onnx: Any = import_module("onnx")
    onnx.checker.check_model(model, full_check=True)
    path.write_bytes(model.SerializeToString())


def _cause(error: Exception) -> str:
    while isinstance(error.__cause__, Exception):
        error = error.__cause__
    return first_line(error)


def _load_onnx(path: Path) -> Graph:
    runtime: Any = import_module("onnxruntime")
    options = runtime.SessionOptions()
    options.log_severity_level = 3  # errors
    session = runtime.InferenceSession(path, options, ["CPUExecutionProvider"])

    def run(images: Floats, levels: Floats) -> tuple[Floats, Floats]:
        scores, maps = session.run(list(OUTPUTS), dict(zip(INPUTS, (images, levels), strict=True)))
        return scores, maps

    return run


def _write_openvino(program: ExportedProgram, path: Path) -> None:
    openvino: Any = import_module("openvino")
    intermediate = path.with_suffix(".onnx")
    _write_onnx(program, intermediate)
    try:
        model = openvino.Core().read_model(intermediate)
        # OpenVINO halves the precision of weights unless it is told not to
        openvino.save_model(model, path, compress_to_fp16=False)
    except RuntimeError as error:
        raise ExportError(f"OpenVINO cannot take this detector: {first_line(error)}; try --to onnx") from error
    finally:
        intermediate.unlink()


def _load_openvino(path: Path) -> Graph:
    openvino: Any = import_module("openvino")
    # On processors that multiply bf16, OpenVINO would do so unasked
    compiled = openvino.Core().compile_model(path, "CPU", {"INFERENCE_PRECISION_HINT": "f32"})

    def run(images: Floats, levels: Floats) -> tuple[Floats, Floats]:
        found = compiled(dict(zip(INPUTS, (images, levels), strict=True)))
        return found[OUTPUTS[0]].copy(), found[OUTPUTS[1]].copy()

    return run


ENGINES: dict[str, Engine] = {
    "onnx": Engine("model.onnx", "onnx", _write_onnx, _load_onnx),
    "openvino": Engine("model.xml", "openvino", _write_openvino, _load_openvino),
    "torch": Engine("model.pt2", "onnx", _write_torch, _load_torch),
}
