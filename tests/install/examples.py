"""Installs each example plugin of the docs as its README says, in a virtual environment of its own, and tries it.

    python tests/install/examples.py [denoiser|pythresh_rules|visa ...]

With the wheel of this checkout, not the checkout: `pip install`, the plugin's own tests, `adfw plugins check`, a run of
its recipe; then `mypy --strict` against what is installed there. Any step that fails ends it.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
import tomllib
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from as_a_new_author import TOOLS, Stopwatch, say, wheel_environment

from conftest import OFFLINE, ROOT

EXAMPLES = ROOT / "docs" / "examples"
COMPONENTS = {"denoiser": "denoiser", "pythresh_rules": "pythresh", "visa": "visa"}
FIRST = {"visa": ["-m", "adfw_visa.drawing", "visa_small"]}
"""What an example's README runs before its recipe."""


def main(names: list[str]) -> None:
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    written = sorted(path.parent.name for path in EXAMPLES.glob("*/pyproject.toml"))
    assert written == sorted(COMPONENTS), f"the examples are {written}, those tried here {sorted(COMPONENTS)}"
    with ThreadPoolExecutor(2) as two:
        list(two.map(_in_a_place_of_its_own, names))


def _in_a_place_of_its_own(name: str) -> None:
    with tempfile.TemporaryDirectory() as place:
        _try(name, Path(place))


def _try(name: str, place: Path) -> None:
    """Go from the example's folder to a report that names it."""
    watch, environment = Stopwatch(), wheel_environment(place / "environment")
    folder = Path(shutil.copytree(EXAMPLES / name, place / name))
    project = tomllib.loads((folder / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    # only what no borrowed package is comes from an index: for PyThresh, itself and what it takes
    beyond = project["dependencies"] != ["adfw>=0.1"]
    source = ["-q", "--disable-pip-version-check", "-c", EXAMPLES / "constraints.txt"] if beyond else OFFLINE
    with watch.measuring("install"):
        say(
            subprocess.run(
                [sys.executable, "-m", "pip", "--python", environment.python, "install", *source, folder],
                check=False,
                capture_output=True,
                text=True,
            )
        )
    with watch.measuring("its tests"):
        tests = shutil.move(folder / f"test_{project['entry-points']['adfw'][COMPONENTS[name]]}.py", place)
        say(environment.run("-m", "pytest", "-q", "-p", "no:cacheprovider", tests, cwd=place))
    with watch.measuring("check"):
        say(environment.adfw("plugins", "check", COMPONENTS[name], "--profile", "ci", cwd=place))
    shutil.copy(folder / "recipe.yaml", place)
    with watch.measuring("run"):
        if name in FIRST:
            say(environment.run(*FIRST[name], cwd=place))
        say(environment.adfw("run", "recipe.yaml", "--out", "first", cwd=place))
    versions = json.loads((place / "first" / "report.json").read_text(encoding="utf-8"))["versions"]
    assert versions[project["name"]] == project["version"], f"the report of {name} does not name its version"
    with watch.measuring("mypy --strict"):
        strict = [TOOLS / "mypy", "--strict", "--python-executable", environment.python]
        files = sorted(folder.glob("*/*.py"))
        say(subprocess.run([*strict, *files], check=False, capture_output=True, text=True, cwd=folder))
    print(f"{name}: {watch.line('its tests', 'check', 'run', 'mypy --strict')}", flush=True)
    print(f"{name}: besides, {watch.line('install')}", flush=True)


if __name__ == "__main__":
    main(sys.argv[1:] or list(COMPONENTS))
