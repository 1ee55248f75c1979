from __future__ import annotations

import pytest

from adfw.suggestions import did_you_mean, nearest


@pytest.mark.parametrize(
    ("word", "near"), [("strid", "stride"), ("STRIDE", "stride"), ("maxpool", "max_pool"), ("xyz", None), ("", None)]
)
def test_nearest(word: str, near: str | None) -> None:
    assert nearest(word, ["stride", "max_pool"]) == near


def test_the_word_is_given_as_it_is_spelt() -> None:
    assert did_you_mean("ssim", ["SSIM"]) == "; did you mean 'SSIM'?"
    assert did_you_mean("ssim", []) == ""
