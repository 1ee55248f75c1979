from __future__ import annotations

import errno
import os
import re
from typing import TYPE_CHECKING

import pytest
import torch

from adfw import TrainingError
from adfw.training.checkpoint import NEWEST, PREVIOUS, load_checkpoint, save_checkpoint

if TYPE_CHECKING:
    from pathlib import Path


def state(value: float) -> dict[str, torch.Tensor]:
    return {"network/weight": torch.full((3, 2), value), "adam/0/step": torch.tensor(value), "empty": torch.empty(0)}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Two epochs, saved in a folder with a blank and an umlaut."""
    folder = tmp_path / "Läufe 1" / "state"
    for epoch in (1, 2):
        save_checkpoint(folder, state(epoch), {"epoch": epoch})
    return folder


def test_what_was_saved_comes_back(folder: Path) -> None:
    saved = load_checkpoint(folder)
    assert saved is not None
    assert saved.numbers == {"epoch": 2}
    assert saved.complaint == ""
    assert saved.tensors.keys() == state(2).keys()
    assert all(torch.equal(saved.tensors[key], value) for key, value in state(2).items())


def test_nothing_saved_is_none(tmp_path: Path) -> None:
    assert load_checkpoint(tmp_path / "nowhere") is None


def test_no_pickle_and_no_leftovers(folder: Path) -> None:
    assert sorted(path.name for path in folder.iterdir()) == [PREVIOUS, NEWEST]
    assert all(b"epoch" in path.read_bytes()[:500] for path in folder.iterdir())


def truncate(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-5])


def flip(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[-6] ^= 1
    path.write_bytes(content)


def empty(path: Path) -> None:
    path.write_bytes(b"")


@pytest.mark.parametrize("damage", [truncate, flip, empty])
def test_the_previous_epoch_serves_for_a_damaged_one(folder: Path, damage: object) -> None:
    damage(folder / NEWEST)
    saved = load_checkpoint(folder)
    assert saved is not None
    assert saved.numbers == {"epoch": 1}
    assert NEWEST in saved.complaint
    assert "damaged" in saved.complaint


def test_two_damaged_files_are_an_error_with_a_remedy(folder: Path) -> None:
    flip(folder / NEWEST)
    truncate(folder / PREVIOUS)
    with pytest.raises(TrainingError, match="start the run anew, without --resume") as caught:
        load_checkpoint(folder)
    assert str(folder / NEWEST) in str(caught.value)
    assert str(folder / PREVIOUS) in str(caught.value)


def test_a_crash_between_the_two_renames_leaves_the_previous_epoch(folder: Path) -> None:
    (folder / NEWEST).unlink()
    saved = load_checkpoint(folder)
    assert saved is not None
    assert saved.numbers == {"epoch": 1}


def test_a_full_disk_is_an_error_that_keeps_the_last_good_state(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(descriptor: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(TrainingError, match=re.escape("No space left on device")):
        save_checkpoint(folder, state(3), {"epoch": 3})
    saved = load_checkpoint(folder)
    assert saved is not None
    assert saved.numbers == {"epoch": 2}
    assert sorted(path.name for path in folder.iterdir()) == [PREVIOUS, NEWEST]


def test_a_folder_that_is_a_file_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "state").write_text("")
    with pytest.raises(TrainingError, match="cannot be saved"):
        save_checkpoint(tmp_path / "state", state(1), {})
