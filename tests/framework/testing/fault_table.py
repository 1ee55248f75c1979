"""Print which check catches which planted fault, for every kind of component.

    python tests/framework/testing/fault_table.py [scorer|threshold|dataset|model|executor|store ...]

A row for each fault, a column for each check: x where the check fails, . where it holds.
"""

from __future__ import annotations

import sys
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from typing import TYPE_CHECKING, Any

from adfw.testing import check_plugin

if TYPE_CHECKING:
    from types import ModuleType

KINDS = ("scorer", "threshold", "dataset", "model", "executor", "store")
CONFIGURATION = ("configuration_round_trip", "configuration_frozen", "configuration_described", "built_anew")


def main(kinds: list[str]) -> None:
    for kind in kinds:
        module = load(f"test_{kind}_faults")
        faults = {name(key): value[0] if isinstance(value, tuple) else key for key, value in module.FAULTS.items()}
        caught = {label: outcomes(fault()) for label, fault in faults.items()}
        checks = list(
            dict.fromkeys(check for found in caught.values() for check in found if check not in CONFIGURATION)
        )
        print(f"\n{kind}: {len(faults)} faults, {len(checks)} checks")
        for number, check in enumerate(checks, start=1):
            print(f"  {number:2d} {check}")
        print(" " * 24 + "".join(f"{number:3d}" for number in range(1, len(checks) + 1)))
        for label, found in caught.items():
            print(f"{label:24.24}" + "".join("  x" if found.get(check) else "  ." for check in checks))


def name(key: Any) -> str:
    return getattr(key, "__name__", str(key))


def outcomes(fault: Any) -> dict[str, bool]:
    report = check_plugin(fault, profile="ci", shrink=False)
    return {result.check: result.outcome == "fail" for result in report.results}


def load(stem: str) -> ModuleType:
    spec = spec_from_file_location(stem, Path(__file__).with_name(f"{stem}.py"))
    assert spec is not None
    assert spec.loader is not None
    module = module_from_spec(spec)
    sys.modules[stem] = module
    spec.loader.exec_module(module)
    return module


if __name__ == "__main__":
    main(sys.argv[1:] or list(KINDS))
