"""Weights of a backbone: from torchvision's download, a local file or a seed; checked before they are used."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.error import URLError

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file
from torchvision import models  # type: ignore[import-untyped]

from adfw import TrainingError
from adfw_plugins.backbone.network import make_network

if TYPE_CHECKING:
    from collections.abc import Mapping

    from torch import Tensor

    from adfw_plugins.backbone import PretrainedFeatures


def read_weights(choice: PretrainedFeatures, wanted: Mapping[str, Tensor], seed: int) -> dict[str, Tensor]:
    """Return the chosen weights for the names and shapes of `wanted`; what else a file holds is left out.

    Raises TrainingError for a file or download that is missing, damaged, not finite or of another architecture.
    """
    if choice.weights == "random":
        found: Mapping[str, Tensor] = make_network(choice.backbone, seed).state_dict()
    elif choice.weights == "imagenet":
        found = _download(choice.backbone)
    else:
        found = _read(Path(choice.weights))
    _require_fit(found, wanted, choice)
    return {key: found[key] for key in wanted}


def digest_of(state: Mapping[str, Tensor]) -> str:
    """Return the SHA-256 of tensors with their names, whatever file they came from."""
    hashed = hashlib.sha256()
    for key in sorted(state):
        hashed.update(key.encode())
        hashed.update(state[key].detach().cpu().contiguous().reshape(-1).view(torch.uint8).numpy().tobytes())
    return hashed.hexdigest()


def _read(path: Path) -> dict[str, Tensor]:
    if path.suffix != ".safetensors":
        raise TrainingError(
            f"model.weights: {path} is no .safetensors file; allowed: imagenet, random, or a path that ends in "
            ".safetensors (save other formats with safetensors.torch.save_file; pickles are not opened)"
        )
    try:
        return load_file(path)
    except FileNotFoundError as error:
        raise TrainingError(f"model.weights: {path} does not exist; name a .safetensors file, or imagenet") from error
    except (SafetensorError, OSError) as error:
        raise TrainingError(f"model.weights: {path} cannot be read ({error}); fetch it again") from error


def _download(backbone: str) -> Mapping[str, Tensor]:
    weights = models.get_model_weights(backbone).DEFAULT
    file = Path(torch.hub.get_dir()) / "checkpoints" / weights.url.rpartition("/")[2]
    try:
        state: Mapping[str, Tensor] = weights.get_state_dict(progress=False, check_hash=True)
    except (URLError, OSError, RuntimeError) as error:
        raise TrainingError(
            f"model.weights: {weights.url} cannot be downloaded ({error}); bring that file to {file}, or set "
            "model.weights to a .safetensors file with the same tensors"
        ) from error
    return state


def _require_fit(found: Mapping[str, Tensor], wanted: Mapping[str, Tensor], choice: PretrainedFeatures) -> None:
    for key, tensor in wanted.items():
        if key not in found or found[key].shape != tensor.shape:
            there = f"its shape is {tuple(found[key].shape)}" if key in found else "there is no such tensor"
            raise TrainingError(
                f"model.weights: {choice.weights} does not fit model.backbone {choice.backbone}: {key} should be "
                f"{tuple(tensor.shape)}, but {there}; name weights of {choice.backbone}, or another backbone"
            )
        if not found[key].isfinite().all():
            raise TrainingError(f"model.weights: {choice.weights} holds NaN or infinity in {key}; fetch it again")
