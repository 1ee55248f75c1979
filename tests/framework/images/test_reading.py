from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from PIL import Image

from adfw import InvalidImage, read_sample

if TYPE_CHECKING:
    from pathlib import Path


def written(path: Path, *shape: int) -> Path:
    Image.fromarray(np.full(shape, 255, np.uint8)).save(path)
    return path


def test_a_defect_makes_the_label(tmp_path: Path) -> None:
    path = written(tmp_path / "a.png", 3, 5, 3)
    normal, dented = read_sample(path, id="a"), read_sample(path, id="a", defect="dent")
    assert (normal.id, normal.label, normal.defect, normal.mask, normal.path) == ("a", 0, "", None, path)
    assert (dented.label, dented.defect) == (1, "dent")
    assert tuple(normal.image.shape) == (3, 3, 5)


def test_a_mask_is_read_beside_its_image(tmp_path: Path) -> None:
    image, mask = written(tmp_path / "a.png", 3, 5, 3), written(tmp_path / "m.png", 3, 5)
    read = read_sample(image, id="a", defect="dent", mask=mask).mask
    assert read is not None
    assert tuple(read.shape) == (3, 5)
    assert read.all()


def test_a_mask_of_another_size_is_named_with_both_sizes(tmp_path: Path) -> None:
    image, mask = written(tmp_path / "a.png", 3, 5, 3), written(tmp_path / "m.png", 5, 3)
    with pytest.raises(
        InvalidImage, match=r"m\.png: the mask is 3 x 5 pixels, but its image a\.png is 5 x 3; draw the mask again"
    ):
        read_sample(image, id="a", mask=mask)
