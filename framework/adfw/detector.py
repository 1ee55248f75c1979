"""A trained detector: preprocessing, model, scorer and threshold, ready to inspect images."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from torch import Tensor, nn

from adfw.errors import DatasetError, DetectorError
from adfw.images.decode import decode_image
from adfw.thresholds import decide

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import numpy.typing as npt

    from adfw.component import Component
    from adfw.images.preprocessing import Preprocessing
    from adfw.interfaces import Cut, Evidence, Model, Scorer


@dataclass(frozen=True, eq=False)
class Inspection:
    """What a detector found in N images.

    `scores` (N,) float64, NaN for an image that could not be scored; `verdicts` (N,) str; `maps` (N, H, W) float32
    anomaly maps at the preprocessed size, NaN where invalid; `faults` (N,) says why an image is invalid, "" if not.
    """

    scores: npt.NDArray[np.float64]
    verdicts: npt.NDArray[np.str_]
    maps: Tensor
    cut: Cut
    faults: tuple[str, ...]


@dataclass(frozen=True, eq=False)
class Detector:
    """Tells normal from anomalous images; built by a run, saved and loaded as a folder without code or pickle."""

    preprocessing: Preprocessing
    model_config: Component[Model]
    model: Model
    scorer_config: Component[Scorer]
    scorer: Scorer
    cut: Cut | None
    strategy: Mapping[str, Any]
    """The threshold strategy's configuration, protocol and leakage label, for the record."""
    device: str = "cpu"

    @torch.inference_mode()
    def examine(self, images: Tensor) -> tuple[Evidence, ...]:
        """Return the model's evidence for (N, C, H, W) preprocessed images."""
        return self.model.examine(images.to(self.device))

    @torch.inference_mode()
    def score(self, images: Tensor) -> tuple[Tensor, Tensor]:
        """Return (N,) float32 scores and (N, H, W) float32 maps of preprocessed images, on the CPU."""
        maps = self.scorer.maps(self.examine(images), (images.shape[-2], images.shape[-1]))
        return self.scorer.score(maps).cpu(), maps.cpu()

    def inspect(self, images: Sequence[Path | str | Tensor]) -> Inspection:
        """Inspect image files, or (C, H, W) float32 tensors in [0, 1] of any size.

        A file that cannot be read becomes `invalid`, never `normal`. Raises DetectorError if the detector has no
        threshold.
        """
        if self.cut is None:
            raise DetectorError("this detector has no threshold; choose one with `adfw rethreshold`")
        looked_at = [self._prepare(image) for image in images]
        prepared, faults = [image for image, _ in looked_at], tuple(fault for _, fault in looked_at)
        readable = [image for image in prepared if image is not None]
        rows = [index for index, image in enumerate(prepared) if image is not None]
        size = self.preprocessing.shape[1:]
        scores = np.full(len(images), np.nan)
        maps = torch.full((len(images), *size), torch.nan)
        if readable:
            found, maps[rows] = self.score(torch.stack(readable))
            scores[rows] = found.double().numpy()
        return Inspection(scores, decide(scores, self.cut), maps, self.cut, faults)

    def _prepare(self, image: Path | str | Tensor) -> tuple[Tensor | None, str]:
        try:
            decoded = image if isinstance(image, Tensor) else decode_image(Path(image))
            return self.preprocessing.apply(decoded), ""
        except DatasetError as error:
            return None, str(error)


def load_state(model: Model, state: Mapping[str, Tensor]) -> None:
    """Give a freshly built model a saved state; buffers take the shapes they were saved with.

    Raises DetectorError naming the tensors that are missing, unexpected or of another shape.
    """
    own = model.state_dict()
    if own.keys() != state.keys():
        odd = ", ".join(sorted(own.keys() ^ state.keys())[:5])
        raise DetectorError(f"the saved tensors do not fit {type(model).__name__}: only on one side: {odd}")
    for path, tensor in state.items():
        owner, name = _owner(model, path)
        if name in owner._buffers:
            owner._buffers[name] = torch.empty_like(tensor, device=own[path].device)
    try:
        model.load_state_dict(dict(state))
    except RuntimeError as error:
        reason = " ".join(str(error).split())
        raise DetectorError(f"the saved tensors do not fit {type(model).__name__}: {reason}") from error
    model.eval()


def _owner(module: nn.Module, path: str) -> tuple[nn.Module, str]:
    parent, _, name = path.rpartition(".")
    return module.get_submodule(parent), name
