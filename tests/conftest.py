"""What every test shares: hypothesis profiles and the real images, where a checkout has them beside it."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

settings.register_profile(
    "ci", deadline=None, derandomize=True, max_examples=50, suppress_health_check=[HealthCheck.too_slow], database=None
)
settings.register_profile("dev", deadline=None, max_examples=25)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "ci"))


@pytest.fixture(autouse=True)
def _own_surroundings(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep tests and the user's registry, terminal width and tracing of hooks apart."""
    monkeypatch.setenv("ADFW_HOME", str(tmp_path_factory.mktemp("home")))
    for name in ("COLUMNS", "ADFW_TRACE_PLUGINS", "ADFW_PLUGINS_ALLOW"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture(scope="session")
def real_capsule() -> Path:
    """Return the root of MVTec AD's layout with the category capsule; skips the test where it is absent."""
    beside = Path(__file__).resolve().parents[2] / "shared" / "data" / "mvtec_ad"
    root = Path(os.environ.get("ADFW_REALDATA", beside))
    if not (root / "capsule").is_dir():
        pytest.skip(f"no real images in {root}; set ADFW_REALDATA to a folder in MVTec AD's layout")
    return root
