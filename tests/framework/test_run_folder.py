from __future__ import annotations

import errno
import os
from typing import TYPE_CHECKING

import pytest

from adfw import RunError
from adfw.run_folder import RunFolder, write_atomically

if TYPE_CHECKING:
    from pathlib import Path


def test_a_second_run_in_the_same_folder_is_refused(tmp_path: Path) -> None:
    folder = RunFolder.create(tmp_path / "run", "x", "name: x\n")
    with folder.locked(), pytest.raises(RunError, match="another run is writing here"), RunFolder(folder.path).locked():
        pass
    with folder.locked():
        pass


def test_a_folder_that_cannot_be_made_says_so(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(RunError, match=r"file.run: cannot be written"):
        RunFolder.create(tmp_path / "file" / "run", "x", "name: x\n")


def test_the_newest_unfinished_run_of_the_same_recipe_is_resumed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    first, second, finished = (RunFolder.create(None, "x", "name: x\n") for _ in range(3))
    write_atomically(finished.document, "{}")
    RunFolder.create(None, "x", "name: other\n")
    assert RunFolder.unfinished(None, "x", "name: x\n") == second
    assert RunFolder.unfinished(first.path, "x", "name: x\n") == first
    with pytest.raises(RunError, match="no unfinished run"):
        RunFolder.unfinished(finished.path, "x", "name: x\n")


def test_numbers_go_on_past_a_thousand(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "runs" / "x-999").mkdir(parents=True)
    assert RunFolder.create(None, "x", "").path.name == "x-1000"
    assert RunFolder.create(None, "x", "").path.name == "x-1001"


def test_an_atomic_write_leaves_the_old_text_when_it_fails(tmp_path: Path) -> None:
    path = tmp_path / "report.json"
    write_atomically(path, "old")
    with pytest.raises(UnicodeEncodeError):
        write_atomically(path, "new \ud800")
    assert path.read_text(encoding="utf-8") == "old"


def test_a_full_disk_is_a_sentence_with_the_way_on(tmp_path: Path) -> None:
    folder = RunFolder.create(tmp_path / "run", "x", "name: x\n")
    with pytest.raises(RunError, match=r"run: No space left on device; .*--resume"), folder.locked():
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
