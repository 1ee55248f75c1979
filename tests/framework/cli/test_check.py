from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from adfw.cli import main

Capture = pytest.CaptureFixture[str]
RECIPE = """\
dataset: {name: mvtec, root: data, category: nut}
preprocessing: {size: 16, color: grey}
model: {name: conv_autoencoder, channels: 2, depth: 1}
scorers: [{name: mse}]
thresholds: [{name: percentile}]
"""


def write_image(path: Path, value: int) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    pixels = np.full((8, 8), value, dtype=np.uint8)
    pixels[0, 0] = 255 - value
    Image.fromarray(pixels).save(path)


@pytest.fixture
def nut(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A sound dataset of ten training and four test images, and a recipe beside it."""
    monkeypatch.chdir(tmp_path)
    root = tmp_path / "data" / "nut"
    for index in range(10):
        write_image(root / "train" / "good" / f"{index}.png", 10 + index)
    for index in range(2):
        write_image(root / "test" / "good" / f"{index}.png", 50 + index)
        write_image(root / "test" / "dent" / f"{index}.png", 90 + index)
        write_image(root / "ground_truth" / "dent" / f"{index}_mask.png", 0)
    (tmp_path / "nut.yaml").write_text(RECIPE, encoding="utf-8")
    return root


def test_a_sound_recipe_and_dataset_are_counted(nut: Path, capsys: Capture) -> None:
    assert main(["check", "nut.yaml"]) == 0
    printed = capsys.readouterr()
    assert printed.err == ""
    lines = printed.out.splitlines()
    assert lines[0] == "nut.yaml: the recipe is fine"
    assert "  test: 2 dent, 2 good" in lines
    assert "  pixels: 14 of 8 x 8" in lines


def test_what_is_wrong_with_the_images_ends_with_2(nut: Path, capsys: Capture) -> None:
    (nut / "train" / "good" / "0.png").write_bytes(b"")
    write_image(nut / "test" / "good" / "9.png", 12)  # as train/good/2.png
    assert main(["check", "nut.yaml"]) == 2
    errors = capsys.readouterr().err.splitlines()
    assert len(errors) == 2
    assert all(line.startswith("  error: ") for line in errors)
    assert any("0.png" in line for line in errors)
    assert any("same picture" in line for line in errors)


def test_without_data_only_the_recipe_is_read(nut: Path, capsys: Capture) -> None:
    assert main(["check", "nut.yaml", "--no-data", "--set", "dataset.root=nowhere"]) == 0
    assert capsys.readouterr().out == "nut.yaml: the recipe is fine\n"


def test_a_missing_dataset_is_one_sentence(nut: Path, capsys: Capture) -> None:
    assert main(["check", "nut.yaml", "--set", "dataset.root=nowhere"]) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert "nowhere" in line


def test_several_recipes_are_all_checked(nut: Path, capsys: Capture) -> None:
    Path("bad.yaml").write_text(RECIPE.replace("mse", "mze"), encoding="utf-8")
    assert main(["check", "bad.yaml", "nut.yaml", "missing.yaml"]) == 2
    printed = capsys.readouterr()
    assert printed.out.startswith("nut.yaml: the recipe is fine\n")
    assert "bad.yaml:4: scorers.0.name: there is no usable scorer 'mze'" in printed.err
    assert "did you mean 'mse'?" in printed.err
    assert "missing.yaml: there is no such file" in printed.err


def test_overrides_change_what_is_checked(nut: Path, capsys: Capture) -> None:
    assert main(["check", "nut.yaml", "--no-data", "--set", "model.dropout=0.2", "--set", "model.depth=zero"]) == 2
    assert capsys.readouterr().err == "--set model.depth: should be a whole number, but is the text 'zero'\n"


def test_a_recipe_is_checked_without_torch(nut: Path) -> None:
    check = (
        "import sys; from adfw.cli import main; main(['check', 'nut.yaml', '--no-data']); print('torch' in sys.modules)"
    )
    printed = subprocess.check_output([sys.executable, "-c", check], text=True)
    assert printed == "nut.yaml: the recipe is fine\nFalse\n"


@pytest.mark.realdata
@pytest.mark.slow
def test_the_real_capsules_are_sound(real_capsule: Path, capsys: Capture) -> None:
    assert main(["check", "capsule_ae", "--set", f"dataset.root={real_capsule}"]) == 0
    assert "23 good" in capsys.readouterr().out
