from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from adfw import Catalog, read_header
from adfw.cli import main

if TYPE_CHECKING:
    from pathlib import Path

SMALL = ["--train", "3", "--calibration", "2", "--normal", "2", "--defects", "1", "--size", "16"]


def draw(out: Path, *options: str) -> int:
    return main(["dataset", "draw", "--out", str(out), *options])


def test_drawn_images_are_a_category_that_mvtec_reads(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "gemalt ü"
    assert draw(out, *SMALL) == 0
    printed = capsys.readouterr().out
    assert f"5  {out / 'capsule' / 'train/good'}" in printed
    assert f"adfw run RECIPE --set dataset.root={out} --set dataset.category=capsule" in printed
    dataset = Catalog.discover().find("dataset", "mvtec").config(root=out, category="capsule").build()
    assert [len(dataset.split(part)) for part in ("train", "calibration", "test")] == [4, 1, 7]
    assert all(sample.mask is not None and sample.mask.any() for sample in dataset.split("test") if sample.label)
    assert "drawn by a program" in dataset.notice
    assert read_header(out / "capsule" / "test" / "good" / "000.png").width == 16


def test_the_seed_draws_the_same_again_or_others(tmp_path: Path) -> None:
    for name, seed in (("a", "1"), ("b", "1"), ("c", "2")):
        assert draw(tmp_path / name, *SMALL, "--seed", seed) == 0
    first, same, other = (
        sorted(path.read_bytes() for path in (tmp_path / name).rglob("*.png")) for name in ("a", "b", "c")
    )
    assert first == same != other


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--size", "5"], "--size: Input should be greater than or equal to 16, not 5"),
        (
            ["--dataset", "capsule"],
            "no usable dataset 'capsule'; allowed: capsules, folder, mvtec; did you mean 'capsul",
        ),
        (["--dataset", "folder"], "--dataset folder: needs 'root', which `adfw dataset draw` cannot give"),
        (["--dataset", "mvtec", "--size", "32"], "--size: dataset 'mvtec' has no such field; leave the option out"),
    ],
)
def test_options_that_do_not_fit_are_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], options: list[str], words: str
) -> None:
    assert draw(tmp_path / "out", *options) == 2
    assert words in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


def test_a_folder_that_is_not_empty_stays_as_it_is(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "mine.txt").touch()
    assert draw(tmp_path, *SMALL) == 2
    assert "is there already and not empty; nothing is overwritten" in capsys.readouterr().err
    assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]
