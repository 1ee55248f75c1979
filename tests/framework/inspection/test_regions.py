from __future__ import annotations

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from adfw import DatasetError
from adfw.inspection.regions import find_regions, looked_at


def test_regions_tell_box_area_and_peak() -> None:
    anomaly_map = torch.zeros(10, 12)
    anomaly_map[2:4, 3:8] = 0.6
    anomaly_map[3, 7] = 0.9
    anomaly_map[8, 0] = 1.0
    anomaly_map[9, 1] = 0.7  # touches at a corner: one region
    anomaly_map[0, 11] = 0.4  # below half of the largest
    first, second = find_regions(anomaly_map)
    assert tuple(first) == (0, 8, 2, 10, 2, 1.0, 0, 8)
    assert tuple(second) == (3, 2, 8, 4, 10, pytest.approx(0.9), 7, 3)
    assert len(find_regions(anomaly_map, level=0.3)) == 3
    assert find_regions(anomaly_map, level=2.0) == ()


def test_a_map_of_zeros_has_no_region() -> None:
    assert find_regions(torch.zeros(4, 4)) == ()
    assert find_regions(torch.zeros(4, 4), level=0.0) == ()


def test_a_map_full_of_specks_is_cut_to_the_highest_hundred() -> None:
    anomaly_map = torch.zeros(64, 64)
    anomaly_map[::2, ::2] = torch.rand(32, 32, generator=torch.Generator().manual_seed(0)) * 0.4 + 0.6
    regions = find_regions(anomaly_map)
    assert len(regions) == 100
    assert regions[-1].peak >= anomaly_map[anomaly_map > 0].sort().values[-100]


@given(st.integers(0, 9999), st.integers(1, 12), st.integers(1, 12))
def test_regions_cover_every_pixel_above_the_level_once(seed: int, height: int, width: int) -> None:
    anomaly_map = torch.rand(height, width, generator=torch.Generator().manual_seed(seed))
    regions = find_regions(anomaly_map, level=0.7)
    assert sum(region.area for region in regions) == int((anomaly_map >= 0.7).sum())
    for region in regions:
        assert anomaly_map[region.peak_y, region.peak_x] == region.peak
        assert anomaly_map[region.top : region.bottom, region.left : region.right].max() >= region.peak


def test_masks_are_brought_to_the_maps_size() -> None:
    roi = torch.zeros(8, 8, dtype=torch.bool)
    roi[:, 4:] = True
    ignore = torch.zeros(8, 8, dtype=torch.bool)
    ignore[4:] = True
    assert looked_at(roi, None, (2, 2)).tolist() == [[False, True], [False, True]]
    assert looked_at(roi, ignore, (2, 2)).tolist() == [[False, True], [False, False]]
    assert looked_at(None, None, (2, 2)) is None


def test_masks_that_leave_nothing_or_differ_are_refused() -> None:
    roi = torch.ones(8, 8, dtype=torch.bool)
    with pytest.raises(DatasetError, match="no pixel to look at"):
        looked_at(roi, roi, (4, 4))
    with pytest.raises(DatasetError, match="differ in size"):
        looked_at(roi, roi[:4], (4, 4))
