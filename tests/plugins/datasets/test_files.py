from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adfw import DatasetError, InvalidImage
from adfw_plugins.datasets.files import FoundImage, hold_out, match_masks, samples_of, unknown_files


def found(folder: Path, fill, count: int) -> list[FoundImage]:
    fill(folder, count)
    return [FoundImage(path.name, path) for path in sorted(folder.iterdir())]


@pytest.fixture(scope="module")
def twenty(tmp_path_factory: pytest.TempPathFactory, fill) -> list[FoundImage]:
    return found(tmp_path_factory.mktemp("twenty"), fill, 20)


@given(share=st.floats(0.001, 0.999), seed=st.integers(0, 50), order=st.randoms())
def test_every_image_is_in_one_part_and_none_is_empty(twenty, share, seed, order) -> None:
    shuffled = sorted(twenty, key=lambda _: order.random())
    rest, held = hold_out(shuffled, share, seed)
    assert {image.id for image in rest} | {image.id for image in held} == {image.id for image in twenty}
    assert len(rest) + len(held) == 20
    assert len(held) == min(max(1, round(share * 20)), 19)
    assert {image.id for image in held} == {image.id for image in hold_out(twenty, share, seed)[1]}


def test_the_seed_chooses(twenty) -> None:
    chosen = {frozenset(image.id for image in hold_out(twenty, 0.5, seed)[1]) for seed in range(6)}
    assert len(chosen) == 6


@pytest.mark.parametrize("without", range(0, 20, 4))
def test_a_further_image_moves_at_most_one_other(twenty, without: int) -> None:
    before = {image.id for image in hold_out([*twenty[:without], *twenty[without + 1 :]], 0.3, 0)[1]}
    after = {image.id for image in hold_out(twenty, 0.3, 0)[1]}
    assert len(before ^ (after - {twenty[without].id})) <= 1


def test_the_choice_is_the_same_on_every_machine_and_in_every_release(twenty) -> None:
    held = [image.id for image in hold_out(twenty, 0.2, 0)[1]]
    assert held == ["001.png", "006.png", "008.png", "010.png"]


def test_identical_files_are_held_out_together(tmp_path: Path, fill) -> None:
    images = found(tmp_path, fill, 6)
    for image in images[:3]:
        shutil.copy(image.path, tmp_path / f"copy {image.id}")
    images = [FoundImage(path.name, path) for path in sorted(tmp_path.iterdir())]
    for seed in range(8):
        held = {image.id for image in hold_out(images, 0.4, seed)[1]}
        for name in ("000.png", "001.png", "002.png"):
            assert (name in held) == (f"copy {name}" in held)


@pytest.mark.parametrize(("count", "copies"), [(0, 0), (1, 0), (1, 3)])
def test_one_picture_cannot_be_parted(tmp_path: Path, fill, count: int, copies: int) -> None:
    images = found(tmp_path, fill, count)
    for copy in range(copies):
        shutil.copy(images[0].path, tmp_path / f"copy{copy}.png")
        images.append(FoundImage(f"copy{copy}.png", tmp_path / f"copy{copy}.png"))
    with pytest.raises(DatasetError, match=f"{count + copies} normal image.*{count} of them different.*at least 2"):
        hold_out(images, 0.2, 0)


def test_samples_are_decoded_when_indexed_and_not_before(tmp_path: Path, fill) -> None:
    images = found(tmp_path, fill, 3)
    images[1].path.write_bytes(b"")
    samples = samples_of(images)
    assert len(samples) == 3
    assert [sample.id for sample in samples[::2]] == ["000.png", "002.png"]
    assert samples[-1].image.shape == (1, 5, 6)
    with pytest.raises(InvalidImage, match=r"001\.png: the file is empty"):
        samples[1]


def test_a_mask_of_another_size_names_both_files(tmp_path: Path, fill) -> None:
    (image,) = found(tmp_path / "images", fill, 1)
    fill(tmp_path / "masks", 1, size=(7, 4))
    samples = samples_of([image._replace(defect="dent", mask=tmp_path / "masks" / "000.png")])
    with pytest.raises(InvalidImage, match=r"masks.000\.png: the mask is 7 x 4 pixels, but its image 000\.png is 6"):
        samples[0]


def test_masks_are_matched_by_name_with_or_without_mask() -> None:
    images = [Path("a/1.png"), Path("a/2.jpg"), Path("a/3.png")]
    masks = [Path("m/1_mask.png"), Path("m/2.png"), Path("m/4_mask.png")]
    pairs, strays = match_masks(images, masks)
    assert pairs == {images[0]: masks[0], images[1]: masks[1]}
    assert strays == [masks[2]]


def test_unknown_files_are_those_that_are_no_images_and_no_clutter(tmp_path: Path, fill) -> None:
    fill(tmp_path, 1)
    for name in ("Thumbs.db", ".DS_Store", "desktop.ini", "a.heic", "notes.txt"):
        (tmp_path / name).write_bytes(b"?")
    assert [path.name for path in unknown_files(tmp_path)] == ["a.heic", "notes.txt"]
