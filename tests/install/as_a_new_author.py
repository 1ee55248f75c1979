"""Tries what the docs promise to a plugin's author, from nothing to a run, for each kind, and prints what it took.

    python tests/install/as_a_new_author.py [scorer|threshold|model|dataset ...]

In a fresh virtual environment with the wheel of this checkout: `adfw plugins new`, an edit, `pip install`, the plugin's
own tests, `adfw plugins check`, a run of its recipe; then ruff and `mypy --strict`. Any step that fails ends it.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import sysconfig
import tempfile
from collections import defaultdict
from contextlib import contextmanager
from pathlib import Path
from time import perf_counter
from typing import TYPE_CHECKING

from conftest import OFFLINE, ROOT, Environment, make_environment

if TYPE_CHECKING:
    from collections.abc import Iterator

TOOLS = Path(sysconfig.get_path("scripts"))
EDITS = {
    "scorer": ("maps.amax((1, 2))", "maps.square().mean((1, 2))"),
    "threshold": ("float(np.nextafter(normal[-1], np.inf))", "float(normal[-1]) + 0.001"),
    "model": ("total / len(train)", "(total / len(train)).clamp(0.1, 0.9)"),
    "dataset": ("normal[4::5]", "normal[3::4]"),
}
"""What the author changes first, for each kind."""
DRAW = "dataset draw --out images --size 64 --train 24 --calibration 6 --normal 8 --defects 3"


class Stopwatch:
    """Seconds of the machine's processors, and of the clock on the wall, by step."""

    def __init__(self) -> None:
        self.spent: dict[str, tuple[float, float]] = defaultdict(lambda: (0.0, 0.0))

    @contextmanager
    def measuring(self, step: str) -> Iterator[None]:
        started, processors = perf_counter(), _processor_seconds()
        yield
        before = self.spent[step]
        self.spent[step] = before[0] + _processor_seconds() - processors, before[1] + perf_counter() - started

    def line(self, *steps: str) -> str:
        parts = [f"{step} {self.spent[step][0]:.1f}" for step in steps]
        total, wall = (sum(self.spent[step][which] for step in steps) for which in (0, 1))
        return f"{' + '.join(parts)} = {total:.1f} s of processor time, {wall:.1f} s on the clock"


def _processor_seconds() -> float:
    times = os.times()
    return times.children_user + times.children_system


def main(kinds: list[str]) -> None:
    os.environ.setdefault("OMP_NUM_THREADS", "1")  # threads that wait for each other would count as processor time
    with tempfile.TemporaryDirectory() as place:
        environment = wheel_environment(Path(place) / "environment")
        work = Path(place) / "work"
        work.mkdir()
        folders = [_author(kind, environment, work) for kind in kinds]
        _style(folders, environment)


def wheel_environment(folder: Path) -> Environment:
    """Make one with the wheel of this checkout."""
    environment = make_environment(folder, editable=False)
    pip = [sys.executable, "-m", "pip"]
    subprocess.run([*pip, "wheel", *OFFLINE, "--wheel-dir", folder, ROOT], check=True)
    environment.pip_install(*folder.glob("adfw-*.whl"))
    return environment


def _author(kind: str, environment: Environment, work: Path) -> Path:
    """Go from nothing to a report with a plugin of one kind, and return the plugin's folder."""
    folder, component, watch = work / f"adfw-my-{kind}", f"my_{kind}", Stopwatch()
    with watch.measuring("new"):
        _adfw(environment, f"plugins new {folder.name} --kind {kind}", work)
    module = folder / f"adfw_my_{kind}" / "__init__.py"
    text, (old, new) = module.read_text(encoding="utf-8"), EDITS[kind]
    assert text.count(old) == 1, f"{module}: {old} is not there once"
    module.write_text(text.replace(old, new), encoding="utf-8")
    with watch.measuring("install"):
        subprocess.run(
            [sys.executable, "-m", "pip", "--python", environment.python, "install", *OFFLINE, "-e", folder], check=True
        )
    with watch.measuring("its tests"):
        say(environment.run("-m", "pytest", "-q", "-p", "no:cacheprovider", cwd=folder))
    with watch.measuring("check"):
        _adfw(environment, f"plugins check {component} --profile ci", folder)
    with watch.measuring("run"):
        if kind == "dataset":
            _adfw(environment, DRAW, folder)
        _adfw(environment, f"run recipes/{component}.yaml --out runs/first", folder)
    document = (folder / "runs" / "first" / "report.json").read_text(encoding="utf-8")
    assert json.loads(document)["versions"][folder.name] == "0.1.0", "the report names the plugin's version"
    assert f'"{component}"' in document
    lines = [len(path.read_text(encoding="utf-8").splitlines()) for path in (folder / "pyproject.toml", module)]
    print(f"{kind}: {sum(lines)} lines in two files; {watch.line('new', 'check', 'run')}", flush=True)
    print(f"{kind}: besides, {watch.line('install', 'its tests')}", flush=True)
    return folder


def _style(folders: list[Path], environment: Environment) -> None:
    watch = Stopwatch()
    with watch.measuring("ruff"):
        for words in (["check"], ["format", "--check"]):
            say(subprocess.run([TOOLS / "ruff", *words, *folders], check=False, capture_output=True, text=True))
    with watch.measuring("mypy --strict"):
        strict = [TOOLS / "mypy", "--strict", "--python-executable", environment.python]
        files = [path for folder in folders for path in folder.glob("*/*.py")]
        say(subprocess.run([*strict, *files], check=False, capture_output=True, text=True, cwd=folders[0]))
    print(f"style of all: {watch.line('ruff', 'mypy --strict')}")


def _adfw(environment: Environment, words: str, folder: Path) -> None:
    say(environment.adfw(*words.split(), cwd=folder))


def say(done: subprocess.CompletedProcess[str]) -> None:
    """End with what a command printed, if it failed."""
    if done.returncode:
        sys.exit(f"{' '.join(map(str, done.args))} ended with {done.returncode}\n{done.stdout}{done.stderr}")


if __name__ == "__main__":
    main(sys.argv[1:] or list(EDITS))
