from __future__ import annotations

import sys

import pytest

from adfw import RunError
from adfw_plugins.executors.cluster import RayConfig


def test_without_ray_a_sentence_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "ray", None)
    with pytest.raises(RunError, match=r"pip install 'adfw\[ray\]'"):
        RayConfig().build()
