from __future__ import annotations

import subprocess
import sys

import pytest
from pydantic import ValidationError

from adfw import TrainingSettings


def test_defaults_are_those_of_the_published_project() -> None:
    settings = TrainingSettings()
    assert (settings.epochs, settings.batch_size, settings.lr) == (100, 16, 1e-3)
    assert settings.keep == "train_loss"
    assert settings.weight_decay > 0


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"min_lr": 0.1}, "min_lr 0.1 is above lr 0.001"),
        ({"keep": "validation_loss", "validation_share": 0}, "needs validation_share above 0"),
        ({"epochs": 0}, "greater than or equal to 1"),
        ({"lr": float("nan")}, "finite"),
        ({"factor": 1.0}, "less than 1"),
        ({"batchsize": 3}, "not permitted"),
    ],
)
def test_contradictions_are_named(fields: dict[str, float], message: str) -> None:
    with pytest.raises(ValidationError, match=message):
        TrainingSettings(**fields)


def test_naming_the_settings_needs_no_torch() -> None:
    code = "import sys; from adfw import TrainingSettings; TrainingSettings(); sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
