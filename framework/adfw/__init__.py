"""Find defects in images of manufactured parts, with thresholds that are honest and priced.

Names are imported when they are first used, so that `import adfw` costs next to nothing.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from adfw.catalog import Catalog
    from adfw.component import Component
    from adfw.compute import native_bf16
    from adfw.detector import Detector, Inspection
    from adfw.detector_folder import read_detector, save_detector
    from adfw.drift.monitor import DriftMonitor, DriftReport, find_drift
    from adfw.errors import (
        AdfwError,
        DatasetError,
        DetectorError,
        ExportError,
        InvalidImage,
        InvalidScores,
        PluginError,
        PluginVersionWarning,
        RecipeError,
        RegistryError,
        RunError,
        ThresholdNotIdentifiable,
        TrainingError,
    )
    from adfw.execution.performing import perform
    from adfw.exports.exporting import Exported, export
    from adfw.hooks import hookimpl
    from adfw.images.batches import Batch, batches
    from adfw.images.content import content_digest, fingerprint
    from adfw.images.decode import decode_image, decode_mask
    from adfw.images.formats import ImageHeader, ImageLimits, list_images, read_header
    from adfw.images.layout import write_mvtec_layout
    from adfw.images.preprocessing import Preprocessing
    from adfw.images.reading import read_sample
    from adfw.images.store import ImageStore
    from adfw.inspection.findings import Finding, Region
    from adfw.inspection.stream import InspectionOptions, inspect_files
    from adfw.interfaces import (
        Cut,
        Dataset,
        Evidence,
        Executor,
        FitContext,
        Model,
        Progress,
        Sample,
        Scorer,
        Sink,
        SplitName,
        Task,
        TaskResult,
        Threshold,
    )
    from adfw.lazy_samples import LazySamples
    from adfw.line import Run, run
    from adfw.maps import Pooling, pool_maps, resize_maps, smooth_maps
    from adfw.recipe.document import Compute, Recipe
    from adfw.recipe.loading import load_recipe
    from adfw.recipe.schema import json_schema
    from adfw.recipe.shipped import shipped_recipes
    from adfw.registry.blobs import copy_package
    from adfw.registry.loading import load_detector
    from adfw.registry.names import Reference, check_alias, check_name
    from adfw.registry.opening import open_store
    from adfw.registry.package import publish
    from adfw.registry.records import ModelRecord, Version
    from adfw.registry.store import Registry
    from adfw.rethresholding import Rethresholded, rethreshold
    from adfw.scores import ScoreTable
    from adfw.serving.audit import verify_audit
    from adfw.shards.inspection import ShardedInspection, inspect_shards
    from adfw.shards.shard import Shard
    from adfw.store_interface import Store
    from adfw.sweeping.document import Sweep
    from adfw.sweeping.engine import benchmark, sweep
    from adfw.thresholds.comparing import compare
    from adfw.thresholds.comparison import Comparison
    from adfw.thresholds.contracts import (
        Choice,
        PointThreshold,
        Quantile,
        RankThreshold,
        Remarks,
        check_scores,
        normal_scores,
    )
    from adfw.thresholds.costs import Costs
    from adfw.thresholds.decision import decide
    from adfw.thresholds.documents import cut_from_document, cut_to_document
    from adfw.thresholds.evaluate import evaluate_strategy, ship_cut
    from adfw.thresholds.points import OperatingPoints
    from adfw.training.loop import train
    from adfw.training.settings import TrainingSettings
    from adfw.traits import ScorerTraits, StoreTraits, ThresholdTraits

__version__ = "0.1.0"
API_VERSION = "1.0"
"""Of the plugin interface: the second number counts additions, the first what may break a plugin."""

_HOMES = {
    "line": ["Run", "run"],
    "detector_folder": ["read_detector", "save_detector"],
    "detector": ["Detector", "Inspection"],
    "catalog": ["Catalog"],
    "component": ["Component"],
    "compute": ["native_bf16"],
    "drift.monitor": ["DriftMonitor", "DriftReport", "find_drift"],
    "errors": [
        "AdfwError",
        "DatasetError",
        "DetectorError",
        "ExportError",
        "InvalidImage",
        "InvalidScores",
        "PluginError",
        "PluginVersionWarning",
        "RecipeError",
        "RegistryError",
        "RunError",
        "ThresholdNotIdentifiable",
        "TrainingError",
    ],
    "execution.performing": ["perform"],
    "exports.exporting": ["Exported", "export"],
    "hooks": ["hookimpl"],
    "images.batches": ["Batch", "batches"],
    "images.content": ["content_digest", "fingerprint"],
    "images.decode": ["decode_image", "decode_mask"],
    "images.formats": ["ImageHeader", "ImageLimits", "list_images", "read_header"],
    "images.layout": ["write_mvtec_layout"],
    "images.preprocessing": ["Preprocessing"],
    "images.reading": ["read_sample"],
    "images.store": ["ImageStore"],
    "inspection.findings": ["Finding", "Region"],
    "inspection.stream": ["InspectionOptions", "inspect_files"],
    "interfaces": [
        "Cut",
        "Dataset",
        "Evidence",
        "Executor",
        "FitContext",
        "Model",
        "Progress",
        "Sample",
        "Scorer",
        "Sink",
        "SplitName",
        "Task",
        "TaskResult",
        "Threshold",
    ],
    "lazy_samples": ["LazySamples"],
    "maps": ["Pooling", "pool_maps", "resize_maps", "smooth_maps"],
    "recipe.document": ["Compute", "Recipe"],
    "recipe.loading": ["load_recipe"],
    "recipe.schema": ["json_schema"],
    "recipe.shipped": ["shipped_recipes"],
    "registry.blobs": ["copy_package"],
    "registry.loading": ["load_detector"],
    "registry.names": ["Reference", "check_alias", "check_name"],
    "registry.opening": ["open_store"],
    "registry.package": ["publish"],
    "registry.records": ["ModelRecord", "Version"],
    "registry.store": ["Registry"],
    "rethresholding": ["Rethresholded", "rethreshold"],
    "scores": ["ScoreTable"],
    "serving.audit": ["verify_audit"],
    "shards.inspection": ["ShardedInspection", "inspect_shards"],
    "shards.shard": ["Shard"],
    "sweeping.document": ["Sweep"],
    "sweeping.engine": ["benchmark", "sweep"],
    "store_interface": ["Store"],
    "thresholds.comparing": ["compare"],
    "thresholds.comparison": ["Comparison"],
    "thresholds.contracts": [
        "Choice",
        "PointThreshold",
        "Quantile",
        "RankThreshold",
        "Remarks",
        "check_scores",
        "normal_scores",
    ],
    "thresholds.costs": ["Costs"],
    "thresholds.decision": ["decide"],
    "thresholds.documents": ["cut_from_document", "cut_to_document"],
    "thresholds.evaluate": ["evaluate_strategy", "ship_cut"],
    "thresholds.points": ["OperatingPoints"],
    "traits": ["ScorerTraits", "StoreTraits", "ThresholdTraits"],
    "training.loop": ["train"],
    "training.settings": ["TrainingSettings"],
}
_HOME = {name: home for home, names in _HOMES.items() for name in names}

# Spelt out, because type checkers read no other form.
__all__ = [
    "API_VERSION",
    "AdfwError",
    "Batch",
    "Catalog",
    "Choice",
    "Comparison",
    "Component",
    "Compute",
    "Costs",
    "Cut",
    "Dataset",
    "DatasetError",
    "Detector",
    "DetectorError",
    "DriftMonitor",
    "DriftReport",
    "Evidence",
    "Executor",
    "ExportError",
    "Exported",
    "Finding",
    "FitContext",
    "ImageHeader",
    "ImageLimits",
    "ImageStore",
    "Inspection",
    "InspectionOptions",
    "InvalidImage",
    "InvalidScores",
    "LazySamples",
    "Model",
    "ModelRecord",
    "OperatingPoints",
    "PluginError",
    "PluginVersionWarning",
    "PointThreshold",
    "Pooling",
    "Preprocessing",
    "Progress",
    "Quantile",
    "RankThreshold",
    "Recipe",
    "RecipeError",
    "Reference",
    "Region",
    "Registry",
    "RegistryError",
    "Remarks",
    "Rethresholded",
    "Run",
    "RunError",
    "Sample",
    "ScoreTable",
    "Scorer",
    "ScorerTraits",
    "Shard",
    "ShardedInspection",
    "Sink",
    "SplitName",
    "Store",
    "StoreTraits",
    "Sweep",
    "Task",
    "TaskResult",
    "Threshold",
    "ThresholdNotIdentifiable",
    "ThresholdTraits",
    "TrainingError",
    "TrainingSettings",
    "Version",
    "__version__",
    "batches",
    "benchmark",
    "check_alias",
    "check_name",
    "check_scores",
    "compare",
    "content_digest",
    "copy_package",
    "cut_from_document",
    "cut_to_document",
    "decide",
    "decode_image",
    "decode_mask",
    "evaluate_strategy",
    "export",
    "find_drift",
    "fingerprint",
    "hookimpl",
    "inspect_files",
    "inspect_shards",
    "json_schema",
    "list_images",
    "load_detector",
    "load_recipe",
    "native_bf16",
    "normal_scores",
    "open_store",
    "perform",
    "pool_maps",
    "publish",
    "read_detector",
    "read_header",
    "read_sample",
    "resize_maps",
    "rethreshold",
    "run",
    "save_detector",
    "ship_cut",
    "shipped_recipes",
    "smooth_maps",
    "sweep",
    "train",
    "verify_audit",
    "write_mvtec_layout",
]


def __getattr__(name: str) -> object:
    if name not in _HOME:
        raise AttributeError(f"module 'adfw' has no attribute {name!r}")
    value = getattr(import_module(f"adfw.{_HOME[name]}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(__all__)
