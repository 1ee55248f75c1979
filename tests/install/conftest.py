"""Virtual environments that are really installed into; they borrow torch and the others from the one that tests."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import sysconfig
import time
import venv
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

ROOT = Path(__file__).resolve().parents[2]
STRANGERS = ROOT / "tests" / "third_party"
OFFLINE = ("-q", "--no-build-isolation", "--no-deps", "--no-index", "--disable-pip-version-check")


class Environment(NamedTuple):
    """A virtual environment to run `adfw` in."""

    folder: Path

    @property
    def python(self) -> Path:
        return self.folder / "bin" / "python"

    def pip_install(self, *paths: str | Path) -> None:
        subprocess.run(
            [sys.executable, "-m", "pip", "--python", self.python, "install", "--no-compile", *OFFLINE, *paths],
            check=True,
        )

    def run(self, *words: str | Path, cwd: Path | None = None) -> subprocess.CompletedProcess[str]:
        """Run its Python, without raising for an exit code."""
        plain = {key: value for key, value in os.environ.items() if key not in {"COLUMNS", "PYTHONPATH"}}
        return subprocess.run([self.python, *words], check=False, capture_output=True, text=True, cwd=cwd, env=plain)

    def adfw(self, *words: str | Path, cwd: Path | None = None) -> subprocess.CompletedProcess[str]:
        return self.run("-m", "adfw", *words, cwd=cwd)


def make_environment(folder: Path, *, editable: bool) -> Environment:
    """Make one that also sees this one's packages; with `editable`, the checkout among them."""
    venv.create(folder, with_pip=False, symlinks=True)
    (packages,) = folder.glob("lib/python*/site-packages")
    here = sysconfig.get_path("purelib")
    there = "".join(f"{path}\n" for path in sys.path if Path(path).name == "site-packages")
    # site.addsitedir follows the .pth files of a folder, such as those of editable installs; a plain line does not
    (packages / "borrowed.pth").write_text(f"import site; site.addsitedir({here!r})\n" if editable else there)
    return Environment(folder)


@pytest.fixture(scope="session")
def once(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str, Callable[[Path], None]], Path]:
    """Return a function that fills a named folder once in a session, however many pytest-xdist workers ask for it."""
    shared = tmp_path_factory.getbasetemp()
    shared = shared.parent if shared.name.startswith("popen-") else shared

    def fill(name: str, make: Callable[[Path], None]) -> Path:
        folder, done, failed = (shared / f"{name}{suffix}" for suffix in ("", ".done", ".failed"))
        try:
            folder.mkdir()
        except FileExistsError:
            while not done.exists():
                assert not failed.exists(), f"another worker could not make {name}"
                time.sleep(0.1)
            return folder
        try:
            make(folder)
        except BaseException:
            failed.touch()
            raise
        done.touch()
        return folder

    return fill


@pytest.fixture(scope="session")
def strangers(once: Callable[[str, Callable[[Path], None]], Path]) -> Environment:
    """An environment with every distribution of tests/third_party, the good and the broken, installed by pip."""

    def make(folder: Path) -> None:
        environment = make_environment(folder, editable=True)
        environment.pip_install(*sorted(path.parent for path in STRANGERS.glob("*/pyproject.toml")))

    return Environment(once("strangers", make))


@pytest.fixture(scope="session")
def installed_wheel(once: Callable[[str, Callable[[Path], None]], Path]) -> Environment:
    """An environment into which the wheel of this checkout is installed, and nothing of the checkout itself."""

    def make(folder: Path) -> None:
        environment = make_environment(folder, editable=False)
        subprocess.run([sys.executable, "-m", "pip", "wheel", *OFFLINE, "--wheel-dir", folder, ROOT], check=True)
        environment.pip_install(*folder.glob("*.whl"))

    return Environment(once("installed_wheel", make))


@pytest.fixture
def borrowing(tmp_path: Path) -> Environment:
    """An environment that sees the editable checkout and all it needs, and into which nothing is installed yet."""
    return make_environment(tmp_path / "environment", editable=True)


@pytest.fixture
def plant(tmp_path: Path) -> Environment:
    """An environment with a scorer installed as files, a threshold installed editable, and the editable checkout."""
    environment = make_environment(tmp_path / "environment", editable=True)
    source = shutil.copytree(STRANGERS / "stranger-threshold", tmp_path / "source")
    environment.pip_install(STRANGERS / "stranger-scorer")
    environment.pip_install("-e", source)
    return environment
