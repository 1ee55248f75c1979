"""Where and how precisely to compute: `auto` becomes a device and a precision the hardware is quick in."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, NamedTuple, Protocol

from adfw.errors import RecipeError

if TYPE_CHECKING:
    from adfw.interfaces import Precision


class Wishes(Protocol):
    """What a recipe says about computing: a torch device string or `auto`, and a precision or `auto`."""

    @property
    def device(self) -> str: ...  # noqa: D102

    @property
    def precision(self) -> Literal["auto", "fp32", "bf16"]: ...  # noqa: D102


class Device(NamedTuple):
    """Where a run computes, and in which precision it trains."""

    device: str
    precision: Precision


def resolve(wishes: Wishes) -> Device:
    """Return what `wishes` come to on this machine; raises RecipeError where it does not have the device."""
    device = resolve_device(wishes.device)
    return Device(device, resolve_precision(wishes.precision, device))


def resolve_device(requested: str = "auto") -> str:
    """Return a torch device string; `auto` is CUDA where there is any, else the CPU.

    Raises RecipeError for a device that torch does not know or this machine does not have.
    """
    import torch

    if requested == "auto":
        return "cuda" if torch.cuda.is_available() else "cpu"
    try:
        torch.empty(1, device=requested)
    except (RuntimeError, AssertionError, NotImplementedError) as error:
        reason = str(error).strip().split("\n", 1)[0]
        raise RecipeError(
            [f"compute.device: {requested!r} does not work on this machine ({reason}); use auto or cpu"]
        ) from error
    return requested


def resolve_precision(requested: Literal["auto", "fp32", "bf16"], device: str) -> Precision:
    """Return the precision of training; `auto` is bf16 where `device` multiplies it natively, else fp32."""
    if requested != "auto":
        return requested
    return "bf16" if native_bf16(device) else "fp32"


def native_bf16(device: str) -> bool:
    """Tell whether a torch device multiplies bf16 in hardware; elsewhere bf16 is emulated and slow.

    While a model is exported, no: nobody knows where the export will run, and few runtimes multiply bf16.
    """
    import torch

    if torch.compiler.is_exporting():
        return False
    if device.startswith("cuda"):
        return bool(torch.cuda.is_bf16_supported(including_emulation=False))
    if device.partition(":")[0] != "cpu" or not torch.backends.mkldnn.is_available():  # type: ignore[no-untyped-call]
        return False
    # torch.cpu.get_capabilities came with torch 2.10; the older question is private but asks the same.
    if hasattr(torch.cpu, "get_capabilities"):
        found = torch.cpu.get_capabilities()
        return bool(found.get("avx512_bf16") or found.get("amx_bf16"))
    ask = getattr(torch.cpu, "_is_avx512_bf16_supported", None)
    return bool(ask is not None and ask())
