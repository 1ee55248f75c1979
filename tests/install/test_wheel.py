"""The wheel, installed where there is no checkout."""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import TYPE_CHECKING
from zipfile import ZipFile

import pytest

from adfw import shipped_recipes

if TYPE_CHECKING:
    from conftest import Environment

pytestmark = pytest.mark.install
ROOT = Path(__file__).resolve().parents[2]


def test_nothing_of_the_checkout_is_seen(installed_wheel: Environment, tmp_path: Path) -> None:
    done = installed_wheel.run(
        "-c", "import adfw, adfw_plugins; print(adfw.__file__); print(adfw_plugins.__file__)", cwd=tmp_path
    )
    places = [Path(line) for line in done.stdout.split()]
    assert len(places) == 2
    assert all(place.is_relative_to(installed_wheel.folder) for place in places)


def test_the_wheel_holds_every_file_of_both_packages(installed_wheel: Environment) -> None:
    tracked = subprocess.run(
        ["git", "ls-files", "framework/adfw", "plugins/adfw_plugins"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    if tracked.returncode:
        pytest.skip("no git checkout to compare with")
    (wheel,) = installed_wheel.folder.glob("*.whl")
    with ZipFile(wheel) as archive:
        names = set(archive.namelist())
    expected = {line.split("/", 1)[1] for line in tracked.stdout.splitlines() if (ROOT / line).is_file()}
    assert expected <= names
    assert {"adfw/py.typed", "adfw_plugins/py.typed"} <= names
    assert not [name for name in names if name.startswith(("tests", "docs"))]


def test_the_shipped_recipes_are_found_listed_and_copied(installed_wheel: Environment, tmp_path: Path) -> None:
    listed = installed_wheel.adfw("recipes", "ls", cwd=tmp_path)
    assert [line.split(":")[0] for line in listed.stdout.splitlines()] == list(shipped_recipes())
    assert installed_wheel.adfw("recipes", "cp", "capsule_ae", cwd=tmp_path).returncode == 0
    checked = installed_wheel.adfw("check", "capsule_ae.yaml", "capsule_ae_maxpool", "--no-data", cwd=tmp_path)
    assert checked.returncode == 0, checked.stderr
    assert checked.stdout == "capsule_ae.yaml: the recipe is fine\ncapsule_ae_maxpool: the recipe is fine\n"


def test_the_built_in_plugins_and_the_script_are_there(installed_wheel: Environment, tmp_path: Path) -> None:
    script = installed_wheel.folder / "bin" / "adfw"
    done = subprocess.run([script, "plugins"], capture_output=True, text=True, check=False, cwd=tmp_path)
    assert done.returncode == 0
    assert "conv_autoencoder" in done.stdout
    assert "broken" not in done.stdout
