from __future__ import annotations

from io import BytesIO

import numpy as np
import torch
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from adfw import ImageStore, Preprocessing, Sample, content_digest, decode_image, fingerprint


def encoded(image: Image.Image, kind: str) -> bytes:
    stream = BytesIO()
    image.save(stream, kind)
    return stream.getvalue()


def test_one_picture_has_one_digest_in_every_lossless_format() -> None:
    image = Image.fromarray(np.random.default_rng(0).integers(0, 256, (5, 6, 3), dtype=np.uint8))
    assert len({content_digest(decode_image(encoded(image, kind))) for kind in ("PNG", "BMP", "TIFF")}) == 1


@given(
    channel=st.integers(0, 2), row=st.integers(0, 3), column=st.integers(0, 4), levels=st.sampled_from([255, 65_535])
)
def test_any_changed_sample_changes_the_digest(channel, row, column, levels) -> None:
    image = torch.linspace(0, 1, 60).mul(levels - 1).round().div(levels).reshape(3, 4, 5)
    changed = image.clone()
    changed[channel, row, column] += 1 / levels
    assert content_digest(changed) != content_digest(image)


def test_shape_counts() -> None:
    assert content_digest(torch.zeros(1, 2, 3)) != content_digest(torch.zeros(1, 3, 2))


def split(*values: int) -> list[Sample]:
    return [Sample(f"{value}.png", torch.full((1, 2, 2), value / 255), 0) for value in values]


def test_a_fingerprint_names_ids_and_contents_in_any_order() -> None:
    known = fingerprint({"train": split(1, 2), "test": split(3)})
    assert known == fingerprint({"train": split(3, 1), "calibration": split(2)})
    assert known != fingerprint({"train": split(1, 2), "test": split(4)})
    renamed = [Sample("other.png", torch.full((1, 2, 2), 3 / 255), 0)]
    assert known != fingerprint({"train": split(1, 2), "test": renamed})
    assert len(known) == 64


def test_a_store_has_the_fingerprint_of_its_native_samples() -> None:
    native = {"train": split(1, 2), "test": split(3)}
    stores = {name: ImageStore(samples, Preprocessing(size=1, color="grey")) for name, samples in native.items()}
    assert fingerprint(stores) == fingerprint(native)
