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
        found = read_tensors(Path(choice.weights), "model.weights")
    return fitting(found, wanted, f"model.weights: {choice.weights}", f"model.backbone {choice.backbone}")


def digest_of(state: Mapping[str, Tensor]) -> str:
    """Return the SHA-256 of tensors with their names, whatever file they came from."""
    hashed = hashlib.sha256()
    for key in sorted(state):
        hashed.update(key.encode())
        hashed.update(state[key].detach().cpu().contiguous().reshape(-1).view(torch.uint8).numpy().tobytes())
    return hashed.hexdigest()


def read_tensors(path: Path, key: str) -> dict[str, Tensor]:
    """Return the tensors of a .safetensors file that the recipe's `key` names.

    Raises TrainingError for one that is missing, damaged or of another format.
    """
    if path.suffix != ".safetensors":
        raise TrainingError(
            f"{key}: {path} is no .safetensors file; name one, or a word that the key knows "
            "(save other formats with safetensors.torch.save_file; pickles are not opened)"
        )
    try:
        return load_file(path)
    except FileNotFoundError as error:
        raise TrainingError(f"{key}: {path} does not exist; bring the file, or name another") from error
    except (SafetensorError, OSError) as error:
        raise TrainingError(f"{key}: {path} cannot be read ({error}); fetch it again") from error


def fitting(found: Mapping[str, Tensor], wanted: Mapping[str, Tensor], place: str, network: str) -> dict[str, Tensor]:
    """Return what is wanted of the tensors found; what else there is, is left out.

    Raises TrainingError, with the first key and shape, where they are of another architecture or not finite.
    """
    for key, tensor in wanted.items():
        if key not in found or found[key].shape != tensor.shape:
            there = f"its shape is {tuple(found[key].shape)}" if key in found else "there is no such tensor"
            raise TrainingError(
                f"{place} does not fit {network}: {key} should be {tuple(tensor.shape)}, but {there}; "
                "name weights of this network, or another network"
            )
        if not found[key].isfinite().all():
            raise TrainingError(f"{place} holds NaN or infinity in {key}; fetch it again")
    return {key: found[key] for key in wanted}


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
