"""The dataset conforms on a small written tree, and says what is wrong with a broken one."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest
from adfw_visa import VisaConfig
from adfw_visa.drawing import ANOMALY, NORMAL, TRAIN, draw_visa, write

from adfw import DatasetError, InvalidImage
from adfw.testing import parametrize_with_checks

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from adfw import Sample

DRAWN = tempfile.TemporaryDirectory()


@parametrize_with_checks(VisaConfig.conformance_examples(Path(DRAWN.name)), profile="quick")
def test_conforms(check: Callable[[], None]) -> None:
    check()


@pytest.fixture
def root(tmp_path: Path) -> Path:
    draw_visa(tmp_path)
    return tmp_path


def ids(part: Sequence[Sample]) -> list[str]:
    return [sample.id for sample in part]


def test_the_parts_are_those_of_the_csv(root: Path) -> None:
    dataset = VisaConfig(root=root).build()
    train, held, test = (dataset.split(name) for name in ("train", "calibration", "test"))  # type: ignore[arg-type]
    assert (len(train), len(held), len(test)) == (TRAIN - 4, 4, NORMAL + ANOMALY)
    assert all(name.startswith("candle/Data/Images/Normal/") for name in ids(train) + ids(held))
    assert {sample.defect for sample in test} == {"", "chunk_of_wax_missing", "wax_melded_out_of_the_candle"}
    assert [int(sample.mask.sum()) for sample in test if sample.mask is not None] == [64] * ANOMALY
    assert not dataset.findings()


def test_without_the_objects_own_table_defects_have_no_type(root: Path) -> None:
    (root / "candle" / "image_anno.csv").unlink()
    assert {sample.defect for sample in VisaConfig(root=root).build().split("test")} == {"", "anomaly"}


def test_another_object_or_root_is_told(root: Path) -> None:
    with pytest.raises(DatasetError, match="there is no object 'cashew'; allowed: candle"):
        VisaConfig(root=root, object="cashew").build()
    with pytest.raises(DatasetError, match=r"1cls.csv: not readable .*set dataset.root"):
        VisaConfig(root=root / "candle").build()


def test_a_csv_with_other_columns_is_told(root: Path) -> None:
    (root / "split_csv" / "1cls.csv").write_text("object,split\ncandle,train\n", encoding="utf-8")
    with pytest.raises(DatasetError, match="no column image, label, mask; expected"):
        VisaConfig(root=root).build()


def test_a_split_that_trains_on_anomalies_is_refused(root: Path) -> None:
    table = root / "split_csv" / "1cls.csv"
    table.write_text(table.read_text(encoding="utf-8").replace("candle,test,anomaly", "candle,train,anomaly"), "utf-8")
    with pytest.raises(DatasetError, match="an anomaly to train on"):
        VisaConfig(root=root).build()


def test_files_that_are_missing_are_found_without_decoding_any(root: Path) -> None:
    (root / "candle/Data/Masks/Anomaly/000.png").unlink()
    assert "000.png: named by 1cls.csv, but not there" in VisaConfig(root=root).build().findings()[0]


def test_a_mask_of_another_size_is_refused(root: Path) -> None:
    write(root / "candle/Data/Masks/Anomaly/000.png", np.ones((5, 6), np.uint8))
    with pytest.raises(InvalidImage, match=r"the mask is 6 x 5 pixels, but its image 000\.JPG is 48 x 48"):
        list(VisaConfig(root=root).build().split("test"))
