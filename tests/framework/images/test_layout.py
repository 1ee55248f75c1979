from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import torch

from adfw import Dataset, DatasetError, Sample, SplitName, decode_image, decode_mask
from adfw.images.layout import NOTICE, write_mvtec_layout

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path


class Few(Dataset):
    notice = "Made up for a test."

    def __init__(self, broken: bool = False) -> None:
        self.broken = broken

    def split(self, name: SplitName) -> Sequence[Sample]:
        image, mask = torch.arange(12).reshape(1, 3, 4) / 65_535, torch.eye(3, 4) > 0
        if name != "test":
            return [Sample(f"{name}/{index}", image, 0) for index in range(2)]
        if self.broken:
            raise DatasetError("no test images")
        return [
            Sample("g", image, 0, mask=torch.zeros(3, 4, dtype=torch.bool)),
            Sample("d", image, 1, "dent", mask),
            Sample("e", image, 1, "dent"),
        ]


def test_images_masks_and_notice_lie_where_mvtec_has_them(tmp_path: Path) -> None:
    written = write_mvtec_layout(Few(), tmp_path / "new" / "root", "part")
    folder = tmp_path / "new" / "root" / "part"
    files = sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())
    assert files == sorted(
        [*(f"train/good/{n:03d}.png" for n in range(4)), "test/good/000.png", "test/dent/000.png",
         "test/dent/001.png", "ground_truth/dent/000_mask.png", NOTICE]
    )  # fmt: skip
    assert written == {"train/good": 4, "test/good": 1, "test/dent": 2}
    assert torch.equal(decode_image(folder / "train/good/003.png"), torch.arange(12).reshape(1, 3, 4) / 65_535)
    assert torch.equal(decode_mask(folder / "ground_truth/dent/000_mask.png"), torch.eye(3, 4) > 0)
    assert (folder / NOTICE).read_text() == "Made up for a test.\n"


def test_an_empty_folder_is_filled(tmp_path: Path) -> None:
    write_mvtec_layout(Few(), tmp_path, "part")
    assert (tmp_path / "part" / "train").is_dir()


@pytest.mark.parametrize("kind", ["file", "folder"])
def test_nothing_is_overwritten(tmp_path: Path, kind: str) -> None:
    taken = tmp_path / "taken"
    if kind == "file":
        taken.write_text("mine")
    else:
        taken.mkdir()
        (taken / "mine.txt").touch()
    with pytest.raises(DatasetError, match="taken: is there already and not empty; nothing is overwritten"):
        write_mvtec_layout(Few(), taken, "part")
    assert taken.read_text() == "mine" if kind == "file" else [path.name for path in taken.iterdir()] == ["mine.txt"]


def test_a_fault_half_way_leaves_nothing_behind(tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match="no test images"):
        write_mvtec_layout(Few(broken=True), tmp_path / "root", "part")
    assert not list(tmp_path.iterdir())
