"""PatchCore as a model: small images, random weights; and the capsules, where they and the weights are."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import torch
from safetensors.torch import load_file, save_file

from adfw import FitContext, Model, Sample, TrainingError
from adfw.detector import load_state
from adfw_plugins.backbone.stacking import averaged
from adfw_plugins.patchcore import PatchCoreConfig
from adfw_plugins.patchcore.bank import _parts

if TYPE_CHECKING:
    from collections.abc import Sequence


class Heard:
    """A Progress that keeps what it is told."""

    def __init__(self) -> None:
        self.sentences: list[str] = []
        self.steps: list[tuple[float, float]] = []

    def step(self, done: float, total: float, figures: object) -> None:
        self.steps.append((done, total))

    def record(self, figures: object) -> None: ...

    def say(self, sentence: str) -> None:
        self.sentences.append(sentence)


def samples(count: int = 4, side: int = 64, *, channels: int = 3) -> list[Sample]:
    generator = torch.Generator().manual_seed(count)
    return [Sample(f"{i}.png", torch.rand(channels, side, side, generator=generator), 0) for i in range(count)]


def fitted(train: Sequence[Sample], *, seed: int = 0, **fields: object) -> tuple[Model, Heard]:
    config = PatchCoreConfig(**{"weights": "random", "layers": ("features.3", "features.6"), "coreset": 0.1, **fields})
    model = config.build()
    model.fit(train, FitContext(device="cpu", precision="fp32", seed=seed, progress=(heard := Heard())))
    return model, heard


@pytest.fixture(scope="module")
def model() -> Model:
    return fitted(samples())[0]


def distances(model: Model, images: torch.Tensor) -> torch.Tensor:
    (evidence,) = model.examine(images)
    return (evidence.observed - evidence.expected).norm(dim=1)


def test_evidence_is_patches_and_rows_of_the_bank(model: Model) -> None:
    images = torch.rand(2, 3, 64, 64)
    (evidence,) = model.examine(images)
    assert evidence.observed.shape == evidence.expected.shape == (2, 128 + 256, 15, 15)
    assert evidence.observed.dtype == evidence.expected.dtype == torch.float32
    with torch.inference_mode():
        patches = averaged(model.extractor(images), 3)
    assert torch.equal(evidence.observed, patches)
    bank = model.bank.float()
    rows = evidence.expected.permute(0, 2, 3, 1).flatten(0, 2)
    assert all((bank == row).all(1).any() for row in rows)
    exact = torch.cdist(patches.permute(0, 2, 3, 1).flatten(0, 2), bank).amin(1).view(2, 15, 15)
    torch.testing.assert_close(distances(model, images), exact, rtol=0.02, atol=1e-3)


def test_training_images_are_near_and_others_far(model: Model) -> None:
    seen = torch.stack([sample.image for sample in samples()])
    assert distances(model, seen).mean() < distances(model, 1 - seen / 4).mean()


def test_images_of_a_batch_do_not_influence_each_other(model: Model) -> None:
    images = torch.rand(3, 3, 64, 64)
    alone = torch.cat([distances(model, image[None]) for image in images])
    assert torch.equal(distances(model, images), alone)


def test_the_same_seed_remembers_the_same(model: Model) -> None:
    again, other = fitted(samples())[0], fitted(samples(), seed=1)[0]
    assert torch.equal(model.bank, again.bank)
    assert model.bank.shape == other.bank.shape
    assert not torch.equal(model.bank, other.bank)


def test_a_fresh_model_with_the_saved_state_examines_alike(model: Model, tmp_path: Path) -> None:
    save_file(
        {key: value.contiguous() for key, value in model.state_dict().items()}, path := tmp_path / "m.safetensors"
    )
    fresh = PatchCoreConfig(layers=("features.3", "features.6"), weights="/no/such/file.safetensors").build()
    load_state(fresh, load_file(path))
    images = torch.rand(1, 3, 64, 64)
    assert torch.equal(distances(model, images), distances(fresh, images))


def test_progress_goes_up_to_the_end() -> None:
    _, heard = fitted(samples())
    done = [step[0] for step in heard.steps]
    assert done == sorted(done)
    assert heard.steps[-1][0] == pytest.approx(heard.steps[-1][1], rel=0.01)
    assert heard.sentences[-1] == "memory bank: 90 of the 900 patches of 4 images"


def test_more_patches_than_memory_are_chosen_part_by_part() -> None:
    # 225 patches of 388 bytes each, of 776 in fp32: one MB holds 12 images, or 6; each part rounds its share
    train = samples(20, channels=1)
    whole, parted = fitted(train)[0], fitted(train, memory_mb=1)[0]
    assert len(parted.bank) == pytest.approx(len(whole.bank), rel=0.01)  # fewer where a part has equal patches
    images = torch.rand(2, 1, 64, 64)
    ratio = float(distances(parted, images).mean() / distances(whole, images).mean())
    assert 0.95 < ratio < 1.05


@pytest.mark.parametrize(("images", "most", "sizes"), [(10, 4, [3, 3, 4]), (4, 4, [4]), (3, 1, [1, 1, 1])])
def test_parts_are_even_and_complete(images: int, most: int, sizes: list[int]) -> None:
    parts = _parts(images, most)
    assert [len(part) for part in parts] == sizes
    assert [place for part in parts for place in part] == list(range(images))


def test_one_training_image_is_enough_and_none_is_not() -> None:
    assert len(fitted(samples(1))[0].bank) == 22
    with pytest.raises(TrainingError, match="0 training images"):
        fitted([])


def test_constant_images_leave_one_patch_for_each_place_that_differs() -> None:
    model, _ = fitted([Sample("grey.png", torch.full((3, 64, 64), 0.5), 0)], coreset=1.0)
    assert distances(model, torch.full((1, 3, 64, 64), 0.5)).max() < 0.05 * model.bank.float().norm(dim=1).mean()


def test_reweighting_only_scales_an_image(model: Model) -> None:
    weighted = fitted(samples(), reweight=3)[0]
    images = torch.rand(2, 3, 64, 64)
    ratio = distances(weighted, images) / distances(model, images)
    for scale in ratio:
        torch.testing.assert_close(scale, scale.mean().expand_as(scale), rtol=1e-3, atol=1e-4)
        assert 0 <= scale.mean() < 1


@pytest.mark.realdata
@pytest.mark.slow
def test_it_finds_the_defects_of_real_capsules(real_capsule: Path) -> None:
    from sklearn.metrics import roc_auc_score

    from adfw import ImageStore, Preprocessing, decode_image, resize_maps, smooth_maps

    weights = Path(os.environ.get("ADFW_WEIGHTS", real_capsule.parents[1] / "weights")) / (
        "squeezenet1_1_features.safetensors"
    )
    if not weights.is_file():
        pytest.skip(f"no weights at {weights}; set ADFW_WEIGHTS to their folder")
    paths = sorted((real_capsule / "capsule").glob("t*/*/*.png"))
    every = [Sample(str(path), decode_image(path), int(path.parent.name != "good")) for path in paths]
    store = list(ImageStore(every, Preprocessing(size=512), 2**30))
    train = [sample for sample in store if "/train/" in sample.id][::4]
    test = [sample for sample in store if "/test/" in sample.id][::2]
    model, _ = fitted(train, weights=str(weights), layers=("features.7", "features.10"), coreset=0.01)
    maps = torch.cat([distances(model, sample.image[None]) for sample in test])
    scores = smooth_maps(resize_maps(maps, (512, 512)), 4).amax((1, 2))
    # A quarter of the training images and half of the test images; all of them give 0.99.
    assert roc_auc_score([sample.label for sample in test], scores) > 0.95
