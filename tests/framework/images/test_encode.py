from __future__ import annotations

import torch
from hypothesis import given
from hypothesis import strategies as st

from adfw import decode_image, decode_mask, read_header
from adfw.images.encode import encode_mask, encode_png


@given(seed=st.integers(0, 99), channels=st.sampled_from([1, 3]), height=st.integers(1, 9), width=st.integers(1, 9),
       levels=st.sampled_from([255, 65_535]))  # fmt: skip
def test_what_is_encoded_decodes_to_the_bit(seed, channels, height, width, levels) -> None:
    generator = torch.Generator().manual_seed(seed)
    image = torch.randint(0, levels + 1, (channels, height, width), generator=generator).float() / levels
    assert torch.equal(decode_image(encode_png(image)), image)


def test_depth_is_what_the_values_need() -> None:
    shallow, deep = torch.full((1, 2, 2), 3 / 255), torch.full((1, 2, 2), 3 / 65_535)
    assert [read_header(encode_png(image)).bits for image in (shallow, deep)] == [8, 16]
    assert [read_header(encode_png(image.repeat(3, 1, 1))).bits for image in (shallow, deep)] == [8, 16]


@given(seed=st.integers(0, 99), height=st.integers(1, 9), width=st.integers(1, 9))
def test_masks_decode_to_themselves(seed, height, width) -> None:
    mask = torch.rand((height, width), generator=torch.Generator().manual_seed(seed)) > 0.5
    assert torch.equal(decode_mask(encode_mask(mask)), mask)
