from __future__ import annotations

from pathlib import Path

import pytest

from adfw import DatasetError
from adfw.inspection.paths import expand

ALL = ["a.png", "b.png", "line 1/broken.png", "line 1/c.png", "line 1/deep/d.png"]


def below(images: Path, *words: str, listed: list[str] | None = None) -> list[str]:
    return [path.relative_to(images).as_posix() for path in expand(words, listed or [])]


def test_a_folder_means_all_images_below_it_sorted(images: Path) -> None:
    assert below(images, str(images)) == ALL


def test_a_pattern_a_file_and_a_list_mean_what_they_say(images: Path) -> None:
    assert below(images, f"{images}/**/*.png") == ALL
    assert below(images, f"{images}/line*") == ALL[2:]
    assert below(images, f"{images}/b.png", f"{images}/a.png") == ["b.png", "a.png"]
    assert below(images, "-", listed=[f"{images}/b.png\n", "\n", f"{images}/line 1/c.png\r\n"]) == [ALL[1], ALL[3]]


def test_a_file_whose_name_looks_like_a_pattern_is_a_file(images: Path) -> None:
    odd = images / "x[1].png"
    odd.write_bytes(b"")
    assert list(expand([str(odd)])) == [odd]


def test_a_missing_file_is_kept_to_get_its_row(images: Path) -> None:
    assert list(expand(["nowhere.png"])) == [Path("nowhere.png")]


def test_nothing_to_look_at_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match="matches no file"):
        list(expand([f"{tmp_path}/*.png"]))
    (tmp_path / ".hidden").mkdir()
    (tmp_path / ".hidden" / "a.png").write_bytes(b"x")
    with pytest.raises(DatasetError, match="holds no images"):
        list(expand([str(tmp_path)]))


def test_folders_come_in_the_order_of_their_names(tmp_path: Path) -> None:
    for name in ("c", "a", "d", "b"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "x.png").write_bytes(b"")
    assert below(tmp_path, str(tmp_path)) == ["a/x.png", "b/x.png", "c/x.png", "d/x.png"]
