from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import pytest
from pydantic import ValidationError

from adfw import Dataset, DatasetError, InvalidImage
from adfw_plugins.datasets import MvtecConfig

if TYPE_CHECKING:
    from pathlib import Path


def opened(folder: Path, **fields: object) -> Dataset:
    return MvtecConfig(root=folder.parent, category=folder.name, **fields).build()


def test_the_official_split_with_calibration_held_out_of_train(category: Path) -> None:
    dataset = opened(category, calibration=0.3)
    train, calibration, test = (dataset.split(name) for name in ("train", "calibration", "test"))
    assert (len(train), len(calibration)) == (7, 3)
    normal = [sample.id for sample in (*train, *calibration)]
    assert sorted(normal) == [f"train/good/{number:03d}.png" for number in range(10)]
    assert [(sample.id, sample.label, sample.defect) for sample in test] == [
        ("test/bent/000.png", 1, "bent"), ("test/bent/001.png", 1, "bent"),
        *((f"test/good/{number:03d}.png", 0, "") for number in range(3)),
        ("test/scratch/000.png", 1, "scratch"), ("test/scratch/001.png", 1, "scratch"),
    ]  # fmt: skip
    assert not dataset.findings()
    assert not dataset.notice


def test_masks_belong_to_their_images_and_are_none_where_nobody_drew_one(category: Path) -> None:
    by_id = {sample.id: sample for sample in opened(category).split("test")}
    first, second = by_id["test/bent/000.png"].mask, by_id["test/bent/001.png"].mask
    assert first is not None
    assert second is not None
    assert first[0, 1]
    assert not second[0, 1]
    assert by_id["test/scratch/001.png"].mask is None
    assert by_id["test/good/000.png"].mask is None
    assert by_id["test/bent/000.png"].path == category / "test" / "bent" / "000.png"


def test_the_split_does_not_depend_on_where_the_folder_lies(category: Path, tmp_path: Path) -> None:
    moved = tmp_path / "Ünder other 名前" / "screw"
    shutil.copytree(category, moved)
    for part in ("train", "calibration", "test"):
        ids = [[sample.id for sample in opened(folder).split(part)] for folder in (category, moved)]
        assert ids[0] == ids[1]


def test_another_seed_holds_out_others(category: Path) -> None:
    chosen = {tuple(s.id for s in opened(category, seed=seed).split("calibration")) for seed in range(5)}
    assert len(chosen) > 1


def test_a_missing_dataset_says_where_to_get_it_and_under_which_licence(tmp_path: Path) -> None:
    with pytest.raises(DatasetError) as error:
        MvtecConfig(root=tmp_path / "none", category="capsule").build()
    for words in ("mvtec.com", "CC BY-NC-SA 4.0", "non-commercial", "adfw dataset draw", "none/capsule"):
        assert words in str(error.value).replace("\\", "/")


def test_a_missing_dataset_is_drawn_where_the_recipe_says_so_and_the_notice_tells(tmp_path: Path) -> None:
    dataset = MvtecConfig(root=tmp_path / "none", category="capsule", if_missing="draw").build()
    assert "were drawn by a program" in dataset.notice
    assert "not of MVTec AD" in dataset.notice
    assert str(tmp_path / "none" / "capsule") in dataset.notice
    assert {sample.id.split("/")[1] for sample in dataset.split("test")[::8]} >= {"good", "crack", "squeeze"}


def test_an_empty_training_folder_is_a_missing_dataset(category: Path) -> None:
    shutil.rmtree(category / "train" / "good")
    (category / "train" / "good").mkdir()
    with pytest.raises(DatasetError, match="no 'good' training image"):
        opened(category)


@pytest.mark.parametrize("if_missing", ["error", "draw"])
def test_a_root_one_level_too_deep_says_so_and_nothing_is_drawn(category: Path, if_missing: str) -> None:
    with pytest.raises(DatasetError, match=r"screw: is itself a category; set dataset\.root to .*root and category"):
        MvtecConfig(root=category, category="screw", if_missing=if_missing).build()


@pytest.mark.parametrize("if_missing", ["error", "draw"])
def test_a_root_one_level_too_high_says_so_and_nothing_is_drawn(category: Path, if_missing: str) -> None:
    with pytest.raises(DatasetError, match=r"one level above the categories; set dataset\.root to .*root$"):
        MvtecConfig(root=category.parent.parent, category="screw", if_missing=if_missing).build()


@pytest.mark.parametrize("if_missing", ["error", "draw"])
def test_a_misspelt_category_is_suggested_and_nothing_is_drawn(category: Path, if_missing: str) -> None:
    with pytest.raises(DatasetError, match=r"no category 'screws'; allowed: screw; did you mean 'screw'\?"):
        MvtecConfig(root=category.parent, category="screws", if_missing=if_missing).build()


def test_a_single_training_image_is_too_few(category: Path) -> None:
    for path in sorted((category / "train" / "good").iterdir())[1:]:
        path.unlink()
    with pytest.raises(DatasetError, match=r"good: 1 normal image.* add normal images, at least 2"):
        opened(category)


def test_a_mask_for_no_image_stops_the_test_split_and_is_a_finding(category: Path) -> None:
    (category / "test" / "bent" / "001.png").unlink()
    dataset = opened(category)
    with pytest.raises(DatasetError, match=r"001_mask\.png: a mask for no image; expected .*bent.001.*; remove"):
        dataset.split("test")
    (finding,) = dataset.findings()
    assert "001_mask.png: a mask for no image" in finding
    assert len(dataset.split("train")) == 8


def test_a_mask_of_another_size_is_an_error_on_reading(category: Path, fill) -> None:
    fill(category / "ground_truth" / "bent", 1, size=(3, 3))
    (category / "ground_truth" / "bent" / "000.png").rename(category / "ground_truth" / "bent" / "000_mask.png")
    with pytest.raises(InvalidImage, match=r"000_mask\.png: the mask is 3 x 3 pixels, but its image 000\.png is 6 x 5"):
        opened(category).split("test")[0]


def test_a_missing_test_folder_is_an_error(category: Path) -> None:
    shutil.rmtree(category / "test")
    shutil.rmtree(category / "ground_truth")
    with pytest.raises(DatasetError, match="no test images; expected test/good and test/<defect>"):
        opened(category).split("test")


def test_odd_files_and_empty_folders_are_findings(category: Path) -> None:
    (category / "train" / "good" / "photo.heic").write_bytes(b"?")
    (category / "test" / "dirt").mkdir()
    words = "\n".join(opened(category).findings())
    assert "photo.heic: of no known image format, left out" in words
    assert "dirt: no images" in words


def test_files_that_were_drawn_say_so_wherever_they_go(category: Path) -> None:
    (category / "notice.txt").write_text("The images were drawn by a program;\n nothing else.\n")
    assert opened(category).notice == "The images were drawn by a program; nothing else."


@pytest.mark.parametrize("wrong", [{"calibration": 0}, {"calibration": 1}, {"seed": -1}, {"if_missing": "skip"},
                                   {"category": ""}, {"roots": "x"}])  # fmt: skip
def test_nonsense_is_refused_before_any_file_is_read(wrong: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        MvtecConfig(**{"root": "x", "category": "y", **wrong})


@pytest.mark.realdata
def test_the_real_capsules_are_found_whole(real_capsule: Path) -> None:
    dataset = MvtecConfig(root=real_capsule, category="capsule").build()
    assert [len(dataset.split(part)) for part in ("train", "calibration", "test")] == [157, 39, 132]
    assert not dataset.findings()
    sample = dataset.split("test")[0]
    assert (sample.id, sample.image.shape) == ("test/crack/000.png", (3, 512, 512))
    assert sample.mask is not None
    assert 0 < sample.mask.float().mean() < 0.1
