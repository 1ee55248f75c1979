"""Several processes train as one would: shares of batches, batch norm over all, the loss curve of a whole run."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
import torch
from torch import distributed, nn

from adfw import TrainingError
from adfw.cli import main
from adfw.training.batch_norm import over_all_processes
from adfw.training.peers import Peers

RECIPE = """
dataset: {name: capsules, size: 32, train: 24, calibration: 4, normal: 3, defects: 1}
preprocessing: {size: 32, color: grey}
model:
  name: conv_autoencoder
  depth: 2
  channels: 4
  dropout: 0
  training: {epochs: 3, batch_size: 8, lr: 0.01}
scorers: [{name: mse}]
thresholds: [{name: percentile}]
compute: {precision: fp32}
"""


def test_shares_are_disjoint_equal_and_make_up_each_batch() -> None:
    order = [9, 8, 7, 6, 5, 4, 3, 2, 1, 0]
    shares = [Peers(rank, 2).share(order, 4) for rank in range(2)]
    assert shares == [[9, 8, 5, 4, 1], [7, 6, 3, 2, 0]]
    assert Peers().share(order, 4) == order


@pytest.mark.parametrize(("images", "size"), [(10, 5), (9, 4)])
def test_a_batch_that_leaves_someone_without_work_is_refused(images: int, size: int) -> None:
    with pytest.raises(TrainingError, match="batch_size a multiple of their number"):
        Peers(0, 2).share(range(images), size)


@pytest.mark.parametrize("momentum", [0.1, None])
def test_batch_norm_over_all_is_torchs_where_all_is_here(
    momentum: float | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(distributed, "all_reduce", lambda values: None)
    images = torch.randn((5, 3, 4, 6), generator=torch.Generator().manual_seed(0)) * 2 + 1
    found = []
    for peers in (Peers(), Peers(0, 2)):
        norm = nn.BatchNorm2d(3, momentum=momentum)
        with torch.no_grad():
            norm.weight.copy_(torch.tensor([1.0, 2.0, -1.0]))
        given = images.clone().requires_grad_()
        with over_all_processes(nn.Sequential(norm), peers):
            out = norm(norm(given))
            out.pow(3).mean().backward()
            norm.eval()
            still = norm(images)
        assert "forward" not in vars(norm)
        found.append([out, given.grad, norm.weight.grad, norm.bias.grad, norm.running_mean, norm.running_var, still])
    for ours, theirs in zip(*found, strict=True):
        torch.testing.assert_close(ours, theirs, rtol=1e-4, atol=1e-5)


def test_a_gradient_that_only_one_process_has_is_everyones(monkeypatch: pytest.MonkeyPatch) -> None:
    shapes = ((2, 3), (4,), (2,))
    everyone = [[nn.Parameter(torch.zeros(shape)) for shape in shapes] for _ in range(2)]
    for parameters, held in zip(everyone, ((0, 1), (0,)), strict=True):
        for index in held:
            parameters[index].grad = torch.rand(shapes[index])
    first, second = ([None if one.grad is None else one.grad.clone() for one in process] for process in everyone)
    sent: list[torch.Tensor] = []
    monkeypatch.setattr(distributed, "all_reduce", lambda values: sent.append(values.clone()))
    for parameters in everyone:
        Peers(0, 2).add_gradients(parameters)
    monkeypatch.setattr(distributed, "all_reduce", lambda values: values.copy_(sent[0] + sent[1]))
    for parameters in everyone:
        Peers(0, 2).add_gradients(parameters)
        torch.testing.assert_close(parameters[0].grad, first[0] + second[0])
        torch.testing.assert_close(parameters[1].grad, first[1])
        assert parameters[2].grad is None


@pytest.mark.slow
def test_two_processes_have_the_loss_curve_of_one_and_the_first_alone_writes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("small.yaml").write_text(RECIPE, encoding="utf-8")
    assert main(["run", "small.yaml", "--out", "one", "--no-publish"]) == 0
    torchrun = [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc-per-node", "2"]
    done = subprocess.run(
        [*torchrun, "-m", "adfw", "run", "small.yaml", "--no-publish"],
        capture_output=True,
        text=True,
        check=False,
        timeout=240,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.count("report.html") == 1
    assert [path.name for path in Path("runs").iterdir()] == ["small-001"]
    one, two = (json.loads((Path(run) / "report.json").read_text()) for run in ("one", "runs/small-001"))
    assert len(one["history"]) == 3
    for alone, together in zip(one["history"], two["history"], strict=True):
        for name in ("train_loss", "validation_loss", "learning_rate"):
            assert together[name] == pytest.approx(alone[name], rel=1e-4)
