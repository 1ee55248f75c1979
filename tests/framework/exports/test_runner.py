"""The runner of ONNX exports: the decoding rules of adfw, to the bit, and its verdicts, without torch."""

from __future__ import annotations

import csv
import importlib.util
import io
import json
import math
import subprocess
import venv
from typing import TYPE_CHECKING

import numpy as np
import pytest
import torch
from PIL import Image

from adfw import InvalidImage, Preprocessing, decode_image, read_detector
from adfw.errors import DatasetError
from adfw.exports.exporting import RUNNER, export
from adfw.images.encode import encode_png

if TYPE_CHECKING:
    from pathlib import Path
    from types import ModuleType

    from adfw import Catalog


@pytest.fixture(scope="module")
def runner() -> ModuleType:
    spec = importlib.util.spec_from_file_location("inspect_onnx", RUNNER)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def pictures(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Image files of many kinds, good and bad."""
    folder = tmp_path_factory.mktemp("pictures")
    noise = np.random.default_rng(0).integers(0, 256, (20, 14, 4), dtype=np.uint8)
    deep = torch.rand(3, 20, 14, generator=torch.Generator().manual_seed(0))
    colour = Image.fromarray(np.ascontiguousarray(noise[:, :, :3]))
    colour.save(folder / "rgb.png")
    colour.quantize(16).save(folder / "palette.png")
    colour.convert("1").save(folder / "one.png")
    colour.convert("L").save(folder / "grey.bmp")
    colour.convert("LA").save(folder / "la.png")
    colour.convert("CMYK").save(folder / "cmyk.jpg")
    colour.convert("F").save(folder / "float.tiff")
    Image.fromarray(noise).save(folder / "rgba.png")
    Image.fromarray(noise).save(folder / "rgba.webp", lossless=True)
    Image.fromarray(noise[:, :, 0].astype(np.uint16) * 255).save(folder / "deep_grey.png")
    Image.fromarray(noise[:, :, 1].astype(np.uint16) * 16 + 5).save(folder / "twelve_bits.png")
    (folder / "deep.png").write_bytes(encode_png(deep))
    for orientation in range(2, 9):
        exif = Image.Exif()
        exif[0x0112] = orientation
        colour.save(folder / f"turned{orientation}.jpg", exif=exif, quality=90)
    colour.save(folder / "pages.tiff", save_all=True, append_images=[colour])
    whole = (folder / "rgb.png").read_bytes()
    (folder / "cut.png").write_bytes(whole[: len(whole) // 2])
    (folder / "empty.png").write_bytes(b"")
    (folder / "text.png").write_text("no image")
    return folder


@pytest.mark.parametrize(
    "preprocessing",
    [Preprocessing(color="grey"), Preprocessing(color="rgb"), Preprocessing(color="grey", bit_depth=12)],
    ids=["grey", "rgb", "12 bits"],
)
def test_the_runner_gives_the_graph_what_adfw_gives_it(runner, pictures: Path, preprocessing: Preprocessing) -> None:
    taken, refused = 0, 0
    for path in sorted(pictures.iterdir()):
        spec = preprocessing.model_dump(mode="json")
        try:
            expected, levels = preprocessing.colored(decode_image(path))
        except DatasetError:
            refused += 1
            with pytest.raises(runner.InvalidImage):
                runner.to_input(runner.decode(path), spec, preprocessing.shape[0])
            continue
        taken += 1
        image, found = runner.to_input(runner.decode(path), spec, preprocessing.shape[0])
        assert found == levels, path.name
        np.testing.assert_array_equal(image, expected.expand(preprocessing.shape[0], -1, -1).numpy(), path.name)
    assert taken + refused == 23
    assert refused >= 6
    assert taken >= (1 if preprocessing.bit_depth else 17)


def test_the_limit_of_pixels_is_the_same(runner, pictures: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from adfw import ImageLimits

    assert (ImageLimits().max_pixels, ImageLimits().max_bytes) == (runner.MAX_PIXELS, runner.MAX_BYTES)
    monkeypatch.setattr(runner, "MAX_PIXELS", 20 * 14 - 1)
    with pytest.raises(runner.InvalidImage, match="more pixels"):
        runner.decode(pictures / "rgb.png")
    with pytest.raises(InvalidImage):
        decode_image(pictures / "rgb.png", ImageLimits(max_pixels=20 * 14 - 1))


@pytest.mark.parametrize("kind", ["finite", "never", "always"])
def test_the_runner_reads_cuts_and_decides_like_adfw(runner, kind: str) -> None:
    value, exact = (0.1, (0.1).hex()) if kind == "finite" else (None, None)
    cut = {"kind": kind, "value": value, "exact": exact, "review_from": (0.05).hex() if kind == "finite" else None}
    one = object.__new__(runner.Detector)
    one.threshold, one.review_from = runner.read_cut(cut)
    expected = {
        "finite": "normal review anomalous",
        "never": "normal normal normal",
        "always": " ".join(["anomalous"] * 3),
    }
    assert " ".join(one.decide(score) for score in (0.04, 0.05, 0.1)) == expected[kind]


@pytest.fixture(scope="module")
def exported(saved: Path, toys: Catalog, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return export(saved, "onnx", out=tmp_path_factory.mktemp("runner") / "export", catalog=toys).folder


def test_a_score_that_is_no_number_is_invalid(runner, exported: Path, pictures: Path) -> None:
    one = runner.Detector(exported)

    class Broken:
        def run(self, names, inputs):
            return [np.array([np.nan], np.float32)]

    one.session = Broken()
    score, verdict, fault = one.inspect(pictures / "rgb.png")
    assert (math.isnan(score), verdict) == (True, "invalid")
    assert "not a number" in fault


def test_a_damaged_export_ends_the_runner(runner, exported: Path, tmp_path: Path) -> None:
    import shutil

    moved = shutil.copytree(exported, tmp_path / "moved")
    text = (moved / "threshold.json").read_text()
    (moved / "threshold.json").write_text(text.replace('"kind": "finite"', '"kind": "never"'))
    with pytest.raises(SystemExit, match=r"threshold\.json: is missing or damaged"):
        runner.Detector(moved)


@pytest.mark.install
def test_the_runner_gives_the_same_verdicts_in_an_environment_without_torch(
    exported: Path, pictures: Path, tmp_path: Path
) -> None:
    venv.create(tmp_path / "env", with_pip=True, symlinks=True)
    python = tmp_path / "env" / "bin" / "python"
    wanted = ["numpy", "pillow", "onnxruntime"]
    subprocess.run([python, "-m", "pip", "install", "-q", "--disable-pip-version-check", *wanted], check=True)
    assert subprocess.run([python, "-c", "import torch"], capture_output=True, check=False).returncode
    golden = exported / "golden"
    words = [python, exported / "inspect_onnx.py", pictures, golden, tmp_path / "missing.png"]
    said = subprocess.run(words, capture_output=True, text=True, check=True, cwd=tmp_path).stdout
    rows = list(csv.DictReader(io.StringIO(said)))
    detector = read_detector(exported)
    found = detector.inspect([row["path"] for row in rows])
    assert [row["verdict"] for row in rows] == found.verdicts.tolist()
    assert {row["verdict"] for row in rows} >= {"invalid", "normal", "anomalous"}
    for row, score in zip(rows, found.scores, strict=True):
        assert (row["score"] == "") == math.isnan(score)
        if row["score"]:
            assert float(row["score"]) == pytest.approx(score, rel=1e-3)
    assert {float(row["threshold"]) for row in rows} == {detector.cut.value}
    expected = {entry["file"]: entry["verdict"] for entry in json.loads((golden / "golden.json").read_text())["images"]}
    assert {row["path"].rsplit("/", 1)[-1]: row["verdict"] for row in rows if "golden" in row["path"]} == expected
