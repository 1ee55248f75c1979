"""An export as a detector again: its own runtime scores, adfw decodes, prepares and decides."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NoReturn

import numpy as np
import torch
from pydantic import ValidationError

from adfw.detector import Detector
from adfw.detector_folder import EXPORT, PREPROCESSING, THRESHOLD
from adfw.errors import DetectorError
from adfw.exports.engines import Graph, engine_of
from adfw.images.preprocessing import Preprocessing
from adfw.json_files import read_json
from adfw.manifest import verify_manifest
from adfw.report.document import CutDocument
from adfw.thresholds import cut_from_document

if TYPE_CHECKING:
    from pathlib import Path

    from torch import Tensor

FORMAT = "adfw-export/1"
_ALL_LEVELS = 65_535  # images that adfw prepared stay as they are on this grid, whichever they came from


class _Absent:
    """The model, or the scorer, of an export: it is inside the graph and cannot be used by itself."""

    def __getattr__(self, name: str) -> NoReturn:
        if name.startswith("__"):
            raise AttributeError(name)
        raise DetectorError("an export gives scores and maps only; use the detector it was made from")


@dataclass(frozen=True, eq=False)
class ExportedDetector(Detector):
    """A detector whose model and scorer are one graph of another runtime, on the CPU."""

    graph: Graph = field(kw_only=True)

    def score(self, images: Tensor) -> tuple[Tensor, Tensor]:
        """Return (N,) float32 scores and (N, H, W) float32 maps of preprocessed images."""
        levels = np.full(len(images), _ALL_LEVELS, np.float32)
        scores, maps = self.graph(images.cpu().contiguous().numpy(), levels)
        return torch.from_numpy(scores), torch.from_numpy(maps)


def read_export(folder: Path) -> ExportedDetector:
    """Load an export after checking every byte of it; needs its runtime, and no plugin.

    Raises DetectorError for a damaged folder or another format, and ExportError where the runtime is not installed.
    """
    verify_manifest(folder)
    document = read_json(folder / EXPORT)
    if document.get("format") != FORMAT:
        raise DetectorError(f"{folder}: is of the format {document.get('format')!r}, not {FORMAT}; upgrade adfw")
    try:
        engine = engine_of(document["target"])
        threshold = read_json(folder / THRESHOLD)
        cut = cut_from_document(CutDocument.model_validate(threshold["cut"]))
        preprocessing = Preprocessing.model_validate(read_json(folder / PREPROCESSING))
    except (ValidationError, KeyError) as error:
        raise DetectorError(f"{folder}: is no export of this version of adfw ({error})") from error
    absent: Any = _Absent()
    return ExportedDetector(
        preprocessing,
        absent,
        absent,
        absent,
        absent,
        cut,
        threshold["strategy"],
        graph=engine.load(folder / engine.file),
    )
