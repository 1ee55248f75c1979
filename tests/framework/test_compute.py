from __future__ import annotations

from types import SimpleNamespace

import pytest
import torch

from adfw import RecipeError
from adfw.compute import Device, resolve, resolve_device, resolve_precision


def test_auto_is_cuda_where_there_is_any(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    assert resolve_device("auto") == "cuda"
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    assert resolve_device("auto") == "cpu"


@pytest.mark.parametrize("device", ["cuda:99", "tpu", "gpu"])
def test_a_device_this_machine_does_not_have_is_named(device: str) -> None:
    with pytest.raises(RecipeError, match=rf"compute.device: '{device}' does not work .*; use auto or cpu"):
        resolve_device(device)


@pytest.mark.parametrize(
    ("capabilities", "expected"),
    [({"avx512_bf16": True}, "bf16"), ({"amx_bf16": True}, "bf16"), ({"avx512_bw": True}, "fp32"), ({}, "fp32")],
)
def test_auto_precision_is_bf16_where_the_cpu_multiplies_it(
    monkeypatch: pytest.MonkeyPatch, capabilities: dict[str, bool], expected: str
) -> None:
    monkeypatch.setattr(torch.cpu, "get_capabilities", lambda: capabilities, raising=False)
    assert resolve_precision("auto", "cpu") == expected


def test_older_torch_is_asked_in_its_own_way(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(torch.cpu, "get_capabilities", raising=False)
    monkeypatch.setattr(torch.cpu, "_is_avx512_bf16_supported", lambda: True, raising=False)
    assert resolve_precision("auto", "cpu") == "bf16"
    monkeypatch.delattr(torch.cpu, "_is_avx512_bf16_supported")
    assert resolve_precision("auto", "cpu") == "fp32"


def test_auto_precision_on_cuda_asks_for_native_bf16(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = []

    def ask(*, including_emulation: bool) -> bool:
        asked.append(including_emulation)
        return False

    monkeypatch.setattr(torch.cuda, "is_bf16_supported", ask)
    assert resolve_precision("auto", "cuda:0") == "fp32"
    assert asked == [False]


def test_what_is_asked_for_is_given() -> None:
    wishes = SimpleNamespace(device="cpu", precision="bf16")
    assert resolve(wishes) == Device("cpu", "bf16")
    assert resolve_precision("fp32", "cuda") == "fp32"
