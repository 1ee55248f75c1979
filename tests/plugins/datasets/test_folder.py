from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from PIL import Image
from pydantic import ValidationError

from adfw import Dataset, DatasetError
from adfw_plugins.datasets import FolderConfig

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def root(tmp_path: Path, fill) -> Path:
    """Return a folder of 20 normal, 3 bent and 2 dirty images, and a mask for one bent one."""
    fill(tmp_path / "good", 20)
    fill(tmp_path / "bent", 3)
    fill(tmp_path / "dirty", 2)
    (tmp_path / "masks" / "bent").mkdir(parents=True)
    Image.fromarray(np.full((5, 6), 255, np.uint8)).save(tmp_path / "masks" / "bent" / "001.png")
    return tmp_path


def opened(root: Path, **fields: object) -> Dataset:
    return FolderConfig(root=root, **fields).build()


def ids(dataset: Dataset, part: str) -> set[str]:
    return {sample.id for sample in dataset.split(part)}  # type: ignore[arg-type]


def test_normal_images_are_parted_three_ways_and_defects_are_found(root: Path) -> None:
    dataset = opened(root, masks="masks")
    train, calibration, test = (ids(dataset, part) for part in ("train", "calibration", "test"))
    assert (len(train), len(calibration), len(test)) == (12, 4, 4 + 5)
    assert train | calibration | {name for name in test if name.startswith("good/")} == {
        f"good/{number:03d}.png" for number in range(20)
    }
    assert not train & calibration
    assert not (train | calibration) & test
    defective = {sample.id: sample for sample in dataset.split("test") if sample.label}
    assert {sample.defect for sample in defective.values()} == {"bent", "dirty"}
    assert {name for name, sample in defective.items() if sample.mask is not None} == {"bent/001.png"}


def test_the_notice_explains_what_was_found(root: Path) -> None:
    assert opened(root, masks="masks").notice.endswith(
        ": 12 normal ones to train, 4 to calibrate, 4 to test (held out by a hash of their ids); "
        "defective ones to test: bent 3, dirty 2; 1 of them with a mask."
    )


def test_without_masks_the_masks_folder_is_no_defect(root: Path) -> None:
    assert {sample.defect for sample in opened(root).split("test")} == {"", "bent", "dirty"}


def test_a_folder_of_normal_test_images_is_used_whole(root: Path, fill) -> None:
    fill(root / "good_test", 7, seed=5)
    dataset = opened(root, normal_test="good_test", calibration=0.25)
    assert (len(ids(dataset, "train")), len(ids(dataset, "calibration"))) == (15, 5)
    assert {name for name in ids(dataset, "test") if name.startswith("good")} == {
        f"good_test/{number:03d}.png" for number in range(7)
    }
    assert "from their own folder" in dataset.notice


def test_defects_may_be_chosen_or_none(root: Path) -> None:
    assert {sample.defect for sample in opened(root, defects=["dirty"]).split("test")} == {"", "dirty"}
    assert {sample.defect for sample in opened(root, defects=[]).split("test")} == {""}


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        (
            {"normal": "godo"},
            r"godo: there is no such folder; correct dataset\.normal; .* holds: bent, dirty, good",
        ),
        ({"defects": ["bend"]}, r"bend: there is no such folder; correct dataset\.defects"),
        ({"normal_test": "other"}, r"other: there is no such folder; correct dataset\.normal_test"),
        ({"normal": "masks"}, r"masks: holds no images \(dataset\.normal\); images lie one level down, in bent"),
        ({"defects": ["bent", "./bent"]}, "bent: named twice"),
        ({"normal_test": "good"}, "good: named twice"),
    ],
)
def test_folders_that_cannot_be_used_are_explained(root: Path, fields: dict[str, object], words: str) -> None:
    with pytest.raises(DatasetError, match=words):
        opened(root, **fields)


def test_a_missing_root_is_named(tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match=r"nowhere: there is no such folder; correct dataset\.root"):
        opened(tmp_path / "nowhere")


def test_an_empty_folder_is_named(root: Path) -> None:
    (root / "empty").mkdir()
    with pytest.raises(DatasetError, match=r"empty: holds no images \(dataset\.normal\); fill it"):
        opened(root, normal="empty")


@pytest.mark.parametrize("count", [1, 2])
def test_too_few_normal_images_are_counted(tmp_path: Path, fill, count: int) -> None:
    fill(tmp_path / "good", count)
    with pytest.raises(DatasetError, match=r"1 normal image.*at least 2"):
        opened(tmp_path)


def test_masks_without_image_stop_the_test_split(root: Path) -> None:
    (root / "bent" / "001.png").unlink()
    dataset = opened(root, masks="masks")
    with pytest.raises(DatasetError, match=r"001\.png: a mask for no image; expected .*bent.001\.\*"):
        dataset.split("test")
    assert len(dataset.findings()) == 1


def test_odd_files_are_findings(root: Path) -> None:
    (root / "good" / "raw.cr2").write_bytes(b"?")
    assert [sentence for sentence in opened(root).findings() if "raw.cr2: of no known image format" in sentence]


def test_shares_that_leave_nothing_are_refused(root: Path) -> None:
    with pytest.raises(ValidationError, match="leave no image to train on"):
        FolderConfig(root=root, calibration=0.5, test=0.5)
    assert FolderConfig(root=root, calibration=0.9, normal_test="bent").calibration == 0.9
