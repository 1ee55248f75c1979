"""The allow-list, on distributions that pip installed: as files, and editable."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from pathlib import Path

    from conftest import Environment

pytestmark = pytest.mark.install
IMPORTED = "import sys, adfw; adfw.Catalog.discover(); print(*(name for name in sys.modules if 'stranger' in name))"


def listed(environment: Environment, folder: Path) -> dict[str, Any]:
    done = environment.adfw("plugins", "--json", cwd=folder)
    assert done.returncode == 0, done.stderr
    document: dict[str, Any] = json.loads(done.stdout)
    return document


def refused(document: dict[str, Any]) -> dict[str, str]:
    return {fault["distribution"]: fault["reason"] for fault in document["not_allowed"]}


def test_a_frozen_plant_loads_what_it_froze_and_nothing_else(plant: Environment, tmp_path: Path) -> None:
    assert "is an editable install, whose files may change" in plant.adfw("plugins", "freeze", cwd=tmp_path).stderr
    done = plant.adfw("plugins", "freeze", "--editable", "--out", "adfw.toml", cwd=tmp_path)
    assert done.stdout == "adfw.toml: allows adfw, stranger-scorer, stranger-threshold\n", done.stderr
    assert not listed(plant, tmp_path)["not_allowed"]
    assert plant.run("-c", IMPORTED, cwd=tmp_path).stdout.split() == ["stranger_scorer", "stranger_threshold"]

    lines = (tmp_path / "adfw.toml").read_text(encoding="utf-8").splitlines()
    kept = [line for line in lines if not line.startswith("stranger-threshold")]
    (tmp_path / "adfw.toml").write_text("\n".join(kept), encoding="utf-8")
    assert refused(listed(plant, tmp_path)) == {"stranger-threshold": "adfw.toml does not list stranger-threshold"}
    assert plant.run("-c", IMPORTED, cwd=tmp_path).stdout.split() == ["stranger_scorer"]

    (module,) = plant.folder.glob("lib/python*/site-packages/stranger_scorer.py")
    module.write_text(module.read_text(encoding="utf-8") + "\n", encoding="utf-8")
    assert "its files are not those that adfw.toml lists" in refused(listed(plant, tmp_path))["stranger-scorer"]
    assert plant.run("-c", IMPORTED, cwd=tmp_path).stdout.split() == []

    (tmp_path / "recipe.yaml").write_text("scorers: [{name: stranger_largest}]\n", encoding="utf-8")
    said = plant.adfw("check", "--no-data", "recipe.yaml", cwd=tmp_path).stderr
    assert "plugins not allowed here that might provide it: 'stranger_scorer' of stranger-scorer 1.0" in said


def test_a_folder_of_the_same_name_where_adfw_is_called_is_not_imported(plant: Environment, tmp_path: Path) -> None:
    plant.adfw("plugins", "freeze", "--editable", "--out", "adfw.toml", cwd=tmp_path)
    (tmp_path / "stranger_scorer.py").write_text("raise SystemExit('imported')", encoding="utf-8")
    reason = refused(listed(plant, tmp_path))["stranger-scorer"]
    assert reason == f"it would be imported from {tmp_path / 'stranger_scorer.py'}, which is no file of stranger-scorer"
