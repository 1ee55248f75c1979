"""Nearest neighbours by the shortcut against all distances."""

from __future__ import annotations

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor

from adfw_plugins.patchcore import search
from adfw_plugins.patchcore.cells import Cells, make_cells, near
from adfw_plugins.patchcore.distance import as_centres, as_points
from adfw_plugins.patchcore.reweighting import reweighted
from adfw_plugins.patchcore.search import nearest, nearest_of_all


def found(patches: Tensor, bank: Tensor, dtype: torch.dtype = torch.float32) -> Tensor:
    points, rows = (as_points(table, table.square().sum(1), dtype) for table in (patches, bank))
    return nearest_of_all(patches, points, bank, as_centres(rows))


@given(st.integers(0, 2**16), st.integers(1, 90), st.sampled_from([5, 16, 50]))
def test_the_neighbours_are_the_nearest(seed: int, count: int, slab: int) -> None:
    generator = torch.Generator().manual_seed(seed)
    bank = torch.randn(count, 6, generator=generator)
    patches = torch.randn(40, 6, generator=generator)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(search, "SLAB", slab)
        patch.setattr(search, "BLOCK", 16)
        rows = found(patches, bank)
    exact = torch.cdist(patches, bank)
    ratio = exact.gather(1, rows[:, None])[:, 0] / exact.amin(1)
    assert ratio.max() < 1 + 1e-5


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
def test_it_decides_in_float32(dtype: torch.dtype) -> None:
    torch.manual_seed(0)
    bank = torch.randn(3000, 32).bfloat16()
    patches = bank[::3].float() + 0.3 * torch.randn(1000, 32)
    exact = torch.cdist(patches, bank.float())
    rows = found(patches, bank.float(), dtype)
    excess = exact.gather(1, rows[:, None])[:, 0] / exact.amin(1) - 1
    assert excess.max() < 0.05
    assert (excess == 0).float().mean() > 0.99


def test_a_patch_of_the_bank_finds_itself() -> None:
    bank = torch.rand(40, 8)
    assert torch.equal(found(bank, bank), torch.arange(40))


def indexed(bank: Tensor, patches: Tensor) -> tuple[Tensor, Tensor, Cells]:
    points, rows = (as_points(table, table.square().sum(1), torch.float32) for table in (patches, bank))
    return points, as_centres(rows), make_cells(rows, torch.Generator().manual_seed(0))


def test_an_export_finds_the_same_by_all_distances(monkeypatch: pytest.MonkeyPatch) -> None:
    torch.manual_seed(0)
    asked = indexed(torch.randn(1500, 8), torch.randn(70, 8))
    halves, rows = near(*asked)
    monkeypatch.setattr(torch.compiler, "is_exporting", lambda: True)
    exported, same = near(*asked)
    assert torch.equal(same, rows)
    torch.testing.assert_close(exported, halves)


@given(st.integers(0, 2**16), st.integers(1, 400))
def test_a_cell_finds_a_row_at_its_true_distance(seed: int, count: int) -> None:
    generator = torch.Generator().manual_seed(seed)
    bank, patches = torch.randn(count, 5, generator=generator), 2 * torch.randn(50, 5, generator=generator)
    halves, rows = near(*indexed(bank, patches))
    exact = torch.cdist(patches, bank).square() / 2
    torch.testing.assert_close(halves, exact.gather(1, rows[:, None])[:, 0], atol=1e-3, rtol=1e-3)
    assert (halves.sqrt().mean() / exact.amin(1).sqrt().mean()) < 1.5


def test_the_most_anomalous_patches_are_compared_with_the_whole_bank() -> None:
    torch.manual_seed(2)
    bank, patches = torch.randn(3000, 8), torch.randn(1000, 8)
    patches[::100] *= 3
    points, centres, cells = indexed(bank, patches)
    rows = nearest(patches, points, bank, centres, cells)
    exact = torch.cdist(patches, bank)
    found_there = exact.gather(1, rows[:, None])[:, 0]
    worst = exact.amin(1).topk(10).indices
    torch.testing.assert_close(found_there[worst], exact.amin(1)[worst], rtol=0.01, atol=0)
    assert (found_there / exact.amin(1)).mean() < 1.1
    assert (near(points, centres, cells)[1] != rows).any()


def test_reweighting_scales_an_image_by_the_weight_of_its_worst_patch() -> None:
    torch.manual_seed(1)
    bank, patches = torch.rand(9, 4).bfloat16(), torch.rand(6, 4) * 2
    distances = torch.cdist(patches, bank.float())
    rows = distances.argmin(1)
    expected = reweighted(patches, rows, bank, 3)
    worst = int(distances.amin(1).argmax())
    home = bank[rows[worst]].float()
    around = torch.cdist(home[None], bank.float())[0].argsort()[:3]
    exps = torch.cdist(patches[[worst]], bank[around].float())[0].exp()
    weight = 1 - exps[0] / exps.sum()
    score = (patches - expected).norm(dim=1)
    torch.testing.assert_close(score, weight * distances.amin(1), atol=1e-5, rtol=1e-4)
    assert int(score.argmax()) == worst
