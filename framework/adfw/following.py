"""What torchrun's other processes do in a run: help to train, write nothing, and wait for the first one's report."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from adfw.fitting import STATE, make_context
from adfw.images.store import ImageStore
from adfw.journal import Journal
from adfw.run_folder import RunFolder
from adfw.training.peers import Peers

if TYPE_CHECKING:
    from adfw.compute import Device
    from adfw.recipe import Recipe


def follow(recipe: Recipe, compute: Device, store_bytes: int, *, resume: bool) -> Path:
    """Fit the recipe's model together with the first process, and return its run's folder once that is finished."""
    peers = Peers.now()
    train = ImageStore(recipe.dataset.build().split("train"), recipe.preprocessing, store_bytes)
    folder = RunFolder(Path(peers.tell("")))
    if not (resume and (folder.checkpoint / STATE).is_file()):
        context = make_context(recipe, compute, folder.checkpoint, Journal(), resume=resume)
        recipe.model.build().fit(train, context)
    peers.wait()
    return folder.path
