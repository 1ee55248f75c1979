"""The plugins in the hooks' docstrings, which authors start from, pass the conformance kit."""

from __future__ import annotations

import inspect
import re
import sys
import textwrap
from types import ModuleType

import pytest
import torch

from adfw import Catalog, hooks
from adfw.catalog import Source
from adfw.images.encode import encode_png
from adfw.testing import check_plugin


def config_of(kind: str, monkeypatch: pytest.MonkeyPatch):
    text = inspect.getdoc(getattr(hooks, f"adfw_{kind}s")) or ""
    module = ModuleType(f"example_{kind}")
    monkeypatch.setitem(sys.modules, module.__name__, module)
    exec(textwrap.dedent(re.split(r":\n\n(?=    )", text, maxsplit=1)[1]), module.__dict__)
    (entry,) = Catalog.of((Source("example", "example", "1.0"), module)).entries
    return entry.config


def test_the_store_conforms(monkeypatch: pytest.MonkeyPatch, tmp_path) -> None:
    (example,) = config_of("store", monkeypatch).conformance_examples(tmp_path)
    report = check_plugin(example)
    assert not report.failed, report.failed


@pytest.mark.parametrize("kind", ["model", "scorer", "threshold", "executor"])
def test_the_example_conforms(kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    report = check_plugin(config_of(kind, monkeypatch)(), profile="quick")
    assert not report.failed, report.failed


def test_the_dataset_conforms(monkeypatch: pytest.MonkeyPatch, tmp_path) -> None:
    for index in range(30):
        image = torch.rand((1, 5, 4), generator=torch.Generator().manual_seed(index)).mul(255).round().div(255)
        (tmp_path / f"{index:02d}.png").write_bytes(encode_png(image))
    report = check_plugin(config_of("dataset", monkeypatch)(root=tmp_path))
    assert not report.failed, report.failed
