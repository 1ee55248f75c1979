from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from adfw import write_mvtec_layout
from adfw_plugins.datasets import CapsulesConfig, FolderConfig, MvtecConfig
from adfw_plugins.datasets.licences import licence_of

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("Licence: CC BY-NC-SA 4.0 (non-commercial, share alike).", "CC BY-NC-SA 4.0"),
        ("Attribution-NonCommercial-ShareAlike 4.0 International (CC BY-NC-SA 4.0)", "CC BY-NC-SA 4.0"),
        ("Creative Commons\nAttribution-NonCommercial-ShareAlike 4.0 International", "CC BY-NC-SA 4.0"),
        ("licensed under cc-by-4.0", "CC BY 4.0"),
        ("Attribution 4.0 International", "CC BY 4.0"),
        ("All rights reserved.", "terms of its own"),
    ],
)
def test_a_licence_file_beside_the_images_is_read(tmp_path: Path, text: str, name: str) -> None:
    (tmp_path / "LICENSE.txt").write_text(text)
    assert licence_of(tmp_path, "") == f"{name}, says LICENSE.txt among the images"
    assert licence_of(tmp_path, "ours") == "ours"


def test_without_a_file_nothing_is_made_up(tmp_path: Path) -> None:
    (tmp_path / "readme.txt").write_text("CC BY-NC-SA 4.0")
    (tmp_path / "licences").mkdir()
    assert licence_of(tmp_path, "") == ""


def test_datasets_tell_it(tmp_path: Path) -> None:
    drawn = CapsulesConfig(size=32, train=6, calibration=3, normal=3, defects=2).build()
    assert "drawn" in drawn.licence
    write_mvtec_layout(drawn, tmp_path, "capsule")
    (tmp_path / "capsule" / "license.txt").write_text("CC BY-NC-SA 4.0")
    read = MvtecConfig(root=tmp_path, category="capsule")
    assert read.build().licence == "CC BY-NC-SA 4.0, says license.txt among the images"
    assert read.model_copy(update={"licence": "ours"}).build().licence == "ours"
    folders = FolderConfig(root=tmp_path / "capsule", normal="train/good", defects=("test/crack",))
    assert folders.build().licence == read.build().licence
