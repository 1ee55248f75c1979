"""What the exported strategies draw, and the tolerance that the checks share."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch
from hypothesis import find, given, settings

from adfw.testing import anomaly_maps, evidence, image_pairs, images, masks, scores_with_labels, tolerance
from adfw.testing.tolerance import differ

QUICK = settings(max_examples=20)


@QUICK
@given(images())
def test_images_are_images(drawn):
    assert drawn.dtype == torch.float32
    assert drawn.ndim == 4
    assert drawn.shape[1] in (1, 3)
    assert max(drawn.shape[2:]) <= 32
    assert 0 <= drawn.min() <= drawn.max() <= 1


@QUICK
@given(image_pairs("identical"))
def test_identical_pairs_are_equal(pair):
    assert torch.equal(pair.observed, pair.expected)
    assert "expected: identical" in repr(pair)


@pytest.mark.parametrize("kind", ["offset", "scaled", "blurred", "local_defect", "unrelated"])
def test_the_other_kinds_differ_somewhere(kind):
    pair = find(image_pairs(kind), lambda pair: not torch.equal(pair.observed, pair.expected))
    assert pair.observed.shape == pair.expected.shape


@QUICK
@given(evidence())
def test_layers_share_their_batch(layers):
    assert len({len(layer.observed) for layer in layers}) == 1
    assert all(layer.observed.shape == layer.expected.shape for layer in layers)


@QUICK
@given(anomaly_maps())
def test_maps_are_finite_and_not_negative(maps):
    assert maps.ndim == 3
    assert (maps >= 0).all()
    assert maps.isfinite().all()


@QUICK
@given(masks(regions=0))
def test_no_region_is_an_empty_mask(mask):
    assert mask.dtype == torch.bool
    assert not mask.any()


@QUICK
@given(masks(regions=2))
def test_regions_mark_something(mask):
    assert mask.any()


@QUICK
@given(scores_with_labels())
def test_scores_scale_and_shift_without_rounding(table):
    assert table.scores.dtype == np.float64
    assert table.labels.dtype == np.int64
    assert len(table.scores) == len(table.labels) >= 1
    assert np.array_equal((table.scores * 8 - 3 + 3) / 8, table.scores)


def test_scores_come_with_ties_constants_and_one_class():
    def constant(table):
        return len(table.scores) > 3 and len(set(table.scores)) == 1

    find(scores_with_labels(), constant)
    find(scores_with_labels(), lambda table: len(table.labels) > 1 and not table.labels.any())
    find(scores_with_labels(), lambda table: len(table.labels) > 1 and bool(table.labels.all()))


@QUICK
@given(scores_with_labels(one_class=False, ties=False, constant=False))
def test_what_is_left_out_is_not_drawn(table):
    assert set(table.labels) == {0, 1}


def test_scores_say_what_they_are_and_cannot_be_written():
    table = find(scores_with_labels(one_class=False), lambda table: len(table.scores) == 2)
    assert repr(table).startswith("normal scores [")
    with pytest.raises(ValueError, match="read-only"):
        table.scores[0] = 1


def test_the_tolerance_grows_with_what_is_added_up():
    eps = torch.finfo(torch.float32).eps
    assert tolerance(torch.float32, 1000, "elementwise") == 8 * eps
    assert tolerance(torch.float32, 1024, "sum") == 8 * eps * 11
    assert tolerance(torch.float32, 1024, "filter") == 8 * eps * 33
    assert tolerance(torch.float64, 1024) < 1e-12


def test_differences_are_told_relative_to_the_largest_value():
    one = torch.tensor([1000.0, 1.0])
    assert differ(one, one + 1e-4, 1) is None
    assert differ(one, one + 1, 1) == 1
    assert differ(torch.tensor([math.nan, math.inf]), torch.tensor([math.nan, math.inf]), 1) is None
    assert differ(torch.tensor([math.nan]), torch.tensor([1.0]), 1) == math.inf
    assert differ(torch.zeros(2), torch.zeros(3), 1) == math.inf
    assert differ(torch.zeros(0), torch.zeros(0), 1) is None
