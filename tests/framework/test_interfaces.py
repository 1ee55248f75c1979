from __future__ import annotations

import subprocess
import sys

import pytest
import torch
from torch import nn

from adfw import Cut, Dataset, Evidence, Model, Sample, Scorer, Threshold


def test_the_contracts_are_read_without_torch() -> None:
    check = "import sys, adfw.interfaces, adfw.catalog, adfw.hooks; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", check], check=False).returncode == 0


@pytest.mark.parametrize("contract", [Dataset, Scorer, Threshold])
def test_a_contract_is_kept_whole_or_not_at_all(contract: type) -> None:
    with pytest.raises(TypeError, match="abstract"):
        type("Half", (contract,), {})()


def test_a_model_is_a_torch_module() -> None:
    class Good(Model, nn.Module):
        def fit(self, train, context):
            """Learn nothing."""

        def examine(self, images):
            return (Evidence(images, images),)

    model = Good()
    assert isinstance(model, nn.Module)
    assert model.state_dict() == {}
    with pytest.raises(TypeError, match=r"model Bare is no torch module; write: class Bare\(Model, nn\.Module\)"):
        type("Bare", (Model,), {})


def test_values_are_frozen() -> None:
    sample = Sample("a.png", torch.zeros(1, 2, 2), 0)
    with pytest.raises(AttributeError):
        sample.label = 1
    with pytest.raises(AttributeError):
        Cut(0.5).value = 1.0


def test_a_sample_is_itself_and_no_other() -> None:
    image = torch.zeros(1, 2, 2)
    assert Sample("a", image, 0) != Sample("a", image, 0)  # comparing tensors would be ambiguous
