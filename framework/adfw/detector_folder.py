"""A detector on disk: safetensors and JSON under a manifest; names installed components, holds no code and no paths."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING, Any

from pydantic import ValidationError
from safetensors import SafetensorError
from safetensors.torch import load_file, save

from adfw.catalog import Catalog, Kind
from adfw.detector import Detector, load_state
from adfw.errors import DetectorError, PluginError, PluginVersionWarning
from adfw.images.preprocessing import Preprocessing
from adfw.json_files import read_json, write_json
from adfw.manifest import verify_manifest, write_manifest
from adfw.plugin_versions import how_to_get, version_warning
from adfw.report.document import CutDocument
from adfw.thresholds import cut_from_document, cut_to_document

if TYPE_CHECKING:
    from pathlib import Path

    from adfw.component import Component
    from adfw.interfaces import Model
    from adfw.scores import ScoreTable

EXPORT = "export.json"
"""What tells an export from a detector."""
WEIGHTS, MODEL, PREPROCESSING, SCORER, THRESHOLD, SCORES = (
    "model.safetensors",
    "model.json",
    "preprocess.json",
    "score.json",
    "threshold.json",
    "scores.csv",
)


def save_detector(detector: Detector, folder: Path, catalog: Catalog, scores: ScoreTable | None = None) -> str:
    """Write a detector into a new folder and return the digest of its manifest; raises DetectorError if it exists.

    With its raw `scores`, another threshold can be fitted later, without images.
    """
    try:
        folder.mkdir(parents=True)
    except FileExistsError as error:
        raise DetectorError(f"{folder}: already exists and is never overwritten") from error
    tensors = {name: tensor.detach().cpu().contiguous() for name, tensor in detector.model.state_dict().items()}
    (folder / WEIGHTS).write_bytes(save(tensors))
    write_json(folder / MODEL, _named("model", detector.model_config, catalog))
    write_json(folder / SCORER, _named("scorer", detector.scorer_config, catalog))
    write_json(folder / PREPROCESSING, detector.preprocessing.model_dump(mode="json"))
    cut = None if detector.cut is None else cut_to_document(detector.cut).model_dump(mode="json")
    write_json(folder / THRESHOLD, {"strategy": dict(detector.strategy), "cut": cut})
    if scores is not None:
        scores.write_csv(folder / SCORES)
    return write_manifest(folder)


def read_detector(folder: Path, *, catalog: Catalog | None = None, device: str = "cpu") -> Detector:
    """Load a detector, or an export, after checking every byte of it; runs no code but that of installed plugins.

    Raises DetectorError for a missing, damaged or foreign folder, and for a plugin that is not installed; ExportError
    where an export's runtime is not; warns (PluginVersionWarning) where a plugin has another major version than the one
    it was saved with.
    """
    if (folder / EXPORT).is_file():
        from adfw.exports.loading import read_export

        return read_export(folder)
    verify_manifest(folder)
    catalog = Catalog.discover() if catalog is None else catalog
    model_config = _component("model", folder / MODEL, catalog)
    scorer_config = _component("scorer", folder / SCORER, catalog)
    threshold = read_json(folder / THRESHOLD)
    model = model_config.build()
    try:
        load_state(model, load_file(folder / WEIGHTS))
        preprocessing = Preprocessing.model_validate(read_json(folder / PREPROCESSING))
        cut = None if threshold["cut"] is None else cut_from_document(CutDocument.model_validate(threshold["cut"]))
    except (SafetensorError, ValidationError, KeyError) as error:
        raise DetectorError(f"{folder}: is no detector of this version of adfw ({error})") from error
    return Detector(
        preprocessing,
        model_config,
        _moved(model, device),
        scorer_config,
        scorer_config.build(),
        cut,
        threshold["strategy"],
        device,
    )


def _moved(model: Model, device: str) -> Model:
    """Move a model to a device; raises DetectorError for one that this machine does not have."""
    try:
        return model.to(device)
    except (RuntimeError, AssertionError, NotImplementedError) as error:
        reason = str(error).strip().split("\n", 1)[0]
        raise DetectorError(f"the device {device!r} does not work on this machine ({reason}); use cpu") from error


def _named(kind: Kind, config: Component[Any], catalog: Catalog) -> dict[str, Any]:
    """Return a component by name, configuration and the distribution it came from; never an import path."""
    source = catalog.find(kind, config.name).source
    plugin = {"distribution": source.distribution, "version": source.version}
    return {"config": config.model_dump(mode="json"), "plugin": plugin}


def _component(kind: Kind, path: Path, catalog: Catalog) -> Component[Any]:
    saved = read_json(path)
    try:
        distribution, version = saved["plugin"]["distribution"], saved["plugin"]["version"]
        entry = catalog.find(kind, saved["config"]["name"])
        config = entry.config.model_validate(saved["config"])
    except PluginError as error:
        get = how_to_get(distribution, version)
        raise DetectorError(f"{path}: needs the plugin distribution {distribution} {version}{get}; {error}") from error
    except (ValidationError, KeyError, TypeError) as error:
        raise DetectorError(f"{path}: does not fit the installed component ({error})") from error
    if sentence := version_warning(str(path), distribution, version, entry.source):
        warnings.warn(PluginVersionWarning(sentence), stacklevel=3)
    return config
