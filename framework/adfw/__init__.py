"""Find defects in images of manufactured parts, with thresholds that are honest and priced.

Names are imported when they are first used, so that `import adfw` costs next to nothing.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from adfw.catalog import Catalog
    from adfw.component import Component
    from adfw.errors import (
        AdfwError,
        DatasetError,
        DetectorError,
        InvalidImage,
        InvalidScores,
        PluginError,
        RecipeError,
        RunError,
        ThresholdNotIdentifiable,
        TrainingError,
    )
    from adfw.hooks import hookimpl
    from adfw.images.batches import Batch, batches
    from adfw.images.content import content_digest, fingerprint
    from adfw.images.decode import decode_image, decode_mask
    from adfw.images.formats import ImageHeader, ImageLimits, list_images, read_header
    from adfw.images.preprocessing import Preprocessing
    from adfw.images.store import ImageStore
    from adfw.interfaces import Cut, Dataset, Evidence, FitContext, Model, Progress, Sample, Scorer, Threshold
    from adfw.maps import Pooling, pool_maps, resize_maps, smooth_maps
    from adfw.scores import ScoreTable
    from adfw.training.loop import train
    from adfw.training.settings import TrainingSettings
    from adfw.traits import ScorerTraits

__version__ = "0.1.0"

_HOMES = {
    "catalog": ["Catalog"],
    "component": ["Component"],
    "errors": [
        "AdfwError",
        "DatasetError",
        "DetectorError",
        "InvalidImage",
        "InvalidScores",
        "PluginError",
        "RecipeError",
        "RunError",
        "ThresholdNotIdentifiable",
        "TrainingError",
    ],
    "hooks": ["hookimpl"],
    "images.batches": ["Batch", "batches"],
    "images.content": ["content_digest", "fingerprint"],
    "images.decode": ["decode_image", "decode_mask"],
    "images.formats": ["ImageHeader", "ImageLimits", "list_images", "read_header"],
    "images.preprocessing": ["Preprocessing"],
    "images.store": ["ImageStore"],
    "interfaces": ["Cut", "Dataset", "Evidence", "FitContext", "Model", "Progress", "Sample", "Scorer", "Threshold"],
    "maps": ["Pooling", "pool_maps", "resize_maps", "smooth_maps"],
    "scores": ["ScoreTable"],
    "traits": ["ScorerTraits"],
    "training.loop": ["train"],
    "training.settings": ["TrainingSettings"],
}
_HOME = {name: home for home, names in _HOMES.items() for name in names}

# Spelt out, because type checkers read no other form.
__all__ = [
    "AdfwError",
    "Batch",
    "Catalog",
    "Component",
    "Cut",
    "Dataset",
    "DatasetError",
    "DetectorError",
    "Evidence",
    "FitContext",
    "ImageHeader",
    "ImageLimits",
    "ImageStore",
    "InvalidImage",
    "InvalidScores",
    "Model",
    "PluginError",
    "Pooling",
    "Preprocessing",
    "Progress",
    "RecipeError",
    "RunError",
    "Sample",
    "ScoreTable",
    "Scorer",
    "ScorerTraits",
    "Threshold",
    "ThresholdNotIdentifiable",
    "TrainingError",
    "TrainingSettings",
    "__version__",
    "batches",
    "content_digest",
    "decode_image",
    "decode_mask",
    "fingerprint",
    "hookimpl",
    "list_images",
    "pool_maps",
    "read_header",
    "resize_maps",
    "smooth_maps",
    "train",
]


def __getattr__(name: str) -> object:
    if name not in _HOME:
        raise AttributeError(f"module 'adfw' has no attribute {name!r}")
    value = getattr(import_module(f"adfw.{_HOME[name]}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(__all__)
