"""Keeps a training's state on disk, so that a crash loses at most one epoch; safetensors with JSON, no pickle."""

from __future__ import annotations

import hashlib
import json
import os
from contextlib import suppress
from typing import TYPE_CHECKING, Any, NamedTuple

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save

from adfw.errors import TrainingError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from torch import Tensor

NEWEST, PREVIOUS = "training.safetensors", "training.previous.safetensors"


class Saved(NamedTuple):
    """A state as it lay on disk, and what was wrong with the newest file where the previous one had to serve."""

    tensors: dict[str, Tensor]
    numbers: dict[str, Any]
    complaint: str = ""


def save_checkpoint(folder: Path, tensors: Mapping[str, Tensor], numbers: Mapping[str, Any]) -> None:
    """Write one file beside the last good one and put it in its place; keep the last one as the previous.

    Raises TrainingError where the folder cannot be written or the disk is full; the last good file stays.
    """
    text = json.dumps(numbers, sort_keys=True, allow_nan=False)
    content = save(dict(tensors), {"numbers": text, "sha256": _digest(tensors, text)})
    newest, fresh = folder / NEWEST, folder / f"{NEWEST}.tmp"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with fresh.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        if newest.exists():
            newest.replace(folder / PREVIOUS)
        fresh.replace(newest)
    except OSError as error:
        with suppress(OSError):
            fresh.unlink()
        raise TrainingError(
            f"{newest}: the state of the training cannot be saved ({error.strerror or error}); the last good one is "
            "kept: make room or make the folder writable, then go on with --resume"
        ) from error


def load_checkpoint(folder: Path) -> Saved | None:
    """Return the newest undamaged state, or None where training was never saved.

    Raises TrainingError where files are there and all are damaged.
    """
    complaints = []
    for path in (folder / NEWEST, folder / PREVIOUS):
        if not path.exists():
            continue
        try:
            tensors, numbers = _read(path)
        except (SafetensorError, OSError, ValueError, KeyError) as error:
            complaints.append(f"{path}: the saved state of the training is damaged ({error})")
        else:
            return Saved(tensors, numbers, "; ".join(complaints))
    if complaints:
        raise TrainingError("; ".join(complaints) + "; start the run anew, without --resume")
    return None


def _read(path: Path) -> tuple[dict[str, Tensor], dict[str, Any]]:
    with safe_open(str(path), framework="pt") as file:
        tensors = {key: file.get_tensor(key) for key in file.keys()}  # noqa: SIM118 - not a mapping
        metadata = file.metadata() or {}
    if _digest(tensors, metadata["numbers"]) != metadata["sha256"]:
        raise ValueError("its checksum does not match")
    return tensors, json.loads(metadata["numbers"])


def _digest(tensors: Mapping[str, Tensor], text: str) -> str:
    # safetensors has no checksum of its own: a flipped bit in a weight would pass unseen.
    digest = hashlib.sha256(text.encode())
    for key in sorted(tensors):
        digest.update(f"{key} {tensors[key].dtype} {tuple(tensors[key].shape)}".encode())
        digest.update(tensors[key].contiguous().flatten().view(torch.uint8).numpy().tobytes())
    return digest.hexdigest()
