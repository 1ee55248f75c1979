"""Every built-in model as ONNX, with the built-in scorers and poolings shared out among them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import torch

from adfw import Catalog, Cut, Detector, ExportError, FitContext, Preprocessing, Sample
from adfw.exports.engines import ENGINES
from adfw.exports.graph import trace
from adfw.exports.parity import require_parity
from adfw.journal import Journal

if TYPE_CHECKING:
    from pathlib import Path

    from adfw.exports.engines import Target

pytestmark = [pytest.mark.engine, pytest.mark.slow]
SIDE = 64
PAIRS = [
    ("conv_autoencoder", {}, {"name": "mse"}),
    ("conv_autoencoder", {"downsample": "max_pool"}, {"name": "ms_ssim", "pooling": "quantile"}),
    ("vae", {}, {"name": "gradient", "pooling": "top"}),
    ("patchcore", {}, {"name": "l2", "pooling": "max", "sigma": 2}),
    ("patchcore", {"reweight": 3}, {"name": "l2", "pooling": "max"}),
    ("padim", {}, {"name": "l2", "pooling": "max", "sigma": 2}),
    ("student_teacher", {}, {"name": "cosine", "pooling": "max"}),
    ("feature_autoencoder", {}, {"name": "mae", "sigma": 2}),
    ("efficient_ad", {}, {"name": "mse", "pooling": "top"}),
    ("conv_autoencoder", {"loss": "ssim"}, {"name": "ssim", "pooling": "max"}),
]


def images(count: int, channels: int) -> list[torch.Tensor]:
    """Return smooth images on the 8-bit grid, larger than the model's and not square."""
    generator = torch.Generator().manual_seed(channels)
    coarse = torch.rand(count, channels, 9, 7, generator=generator)
    smooth = torch.nn.functional.interpolate(coarse, (100, 88), mode="bilinear")
    return list(smooth.mul(255).round().div(255))


def fitted(model: str, fields: dict, scorer: dict, folder: Path) -> Detector:
    """Return a built-in model that has seen a few small images."""
    catalog = Catalog.discover()
    example = next(iter(catalog.find("model", model).config.conformance_examples(folder)))
    config = type(example).model_validate(example.model_dump() | fields)
    channels = getattr(config, "image_channels", 3)
    preprocessing = Preprocessing(size=SIDE, color="grey" if channels == 1 else "rgb")
    network = config.build()
    train = [Sample(f"{i}.png", preprocessing.apply(image), 0) for i, image in enumerate(images(6, channels))]
    network.fit(train, FitContext(device="cpu", precision="fp32", seed=0, progress=Journal()))
    scorer_config = catalog.find("scorer", scorer["name"]).config.model_validate(scorer)
    return Detector(preprocessing, config, network, scorer_config, scorer_config.build(), Cut(1e6), {})


@pytest.mark.parametrize(
    ("model", "fields", "scorer"),
    PAIRS,
    ids=[f"{model}-{scorer['name']}-{i}" for i, (model, _, scorer) in enumerate(PAIRS)],
)
def test_a_built_in_model_is_exported(model: str, fields: dict, scorer: dict, tmp_path: Path) -> None:
    detector = fitted(model, fields, scorer, tmp_path)
    path = tmp_path / ENGINES["onnx"].file
    ENGINES["onnx"].write(trace(detector), path)
    shown = [(str(i), image) for i, image in enumerate(images(9, detector.preprocessing.shape[0])[-3:])]
    found = require_parity(detector, ENGINES["onnx"].load(path), shown)
    assert found.images == 4
    assert found.behind_resizing < found.tolerance_behind_resizing / 2


@pytest.mark.parametrize("pair", [PAIRS[4], PAIRS[8]], ids=lambda pair: pair[0])
@pytest.mark.parametrize("form", ["torch", pytest.param("openvino", marks=pytest.mark.engine)])
def test_models_that_search_or_pick_are_exported_to_the_other_forms(
    form: Target, pair: tuple[str, dict, dict], tmp_path: Path
) -> None:
    if form == "openvino":
        pytest.importorskip("openvino")
    detector = fitted(*pair, tmp_path)
    path = tmp_path / ENGINES[form].file
    ENGINES[form].write(trace(detector), path)
    shown = [(str(i), image) for i, image in enumerate(images(9, detector.preprocessing.shape[0])[-3:])]
    assert require_parity(detector, ENGINES[form].load(path), shown).images == 4


def test_patchcore_with_an_index_is_exported_with_what_the_index_finds(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("adfw_plugins.patchcore.search.SMALL", 1)
    monkeypatch.setattr("adfw_plugins.patchcore.search.WORST", 2)
    detector = fitted("patchcore", {"coreset": 1.0}, {"name": "l2", "pooling": "mean"}, tmp_path)
    path = tmp_path / ENGINES["onnx"].file
    ENGINES["onnx"].write(trace(detector), path)
    shown = [(str(i), image) for i, image in enumerate(images(9, 3)[-3:])]
    assert require_parity(detector, ENGINES["onnx"].load(path), shown).images == 4


def test_a_model_that_draws_random_numbers_is_refused(tmp_path: Path) -> None:
    detector = fitted("vae", {"evidence": "probability"}, {"name": "mse"}, tmp_path)
    with pytest.raises(ExportError, match=r"the model vae with .* cannot be exported: it draws random numbers"):
        trace(detector)
