"""A user's own folders of images."""

from __future__ import annotations

from typing import TYPE_CHECKING

from adfw import Dataset, DatasetError

if TYPE_CHECKING:
    from adfw_plugins.datasets import FolderConfig


def open_folder(config: FolderConfig) -> Dataset:
    """List the folders of a recipe; raises DatasetError."""
    raise DatasetError(f"{config.root}: not yet")
